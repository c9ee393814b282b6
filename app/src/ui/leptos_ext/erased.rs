//! A view without its type, at a third of the price.
//!
//! Leptos's own `into_any` keeps for every type what patches it, what gives it attributes from
//! outside, and the machine code of *asynchronous* hydration, which only lazily loaded routes need.
//! Here is one life for all of them, and of a type there remains what puts it onto the page and
//! takes it away again.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Position, PositionState};

/// `true` if this is compiled for a browser. A browser writes no HTML, and only this constant keeps
/// the code for it out of the download.
const IN_BROWSER: bool = cfg!(target_family = "wasm");

/// Forgets the type of a view. It has to be one that has a place on the page, as `()` has not.
pub(crate) fn erased<V: IntoView + 'static>(view: V) -> Erased {
    const { assert!(V::EXISTS) };
    Erased(Box::new(view))
}

/// A view of any type. Hydration never waits; a view in the place of another is built anew, for
/// patching every attribute that might differ was as much code again; and attributes given to it
/// from outside are lost.
pub(crate) struct Erased(Box<dyn Unbuilt>);

/// A view that is yet to be put onto the page, or into the HTML of a server.
trait Unbuilt: Send {
    fn build(self: Box<Self>) -> Box<dyn Built>;
    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Built>;
    fn dry_resolve(&mut self);
    fn into_any(self: Box<Self>) -> AnyView;
}

impl<V: IntoView + 'static> Unbuilt for V {
    fn build(self: Box<Self>) -> Box<dyn Built> {
        Box::new((*self).build())
    }

    fn hydrate(self: Box<Self>, cursor: &Cursor, position: &PositionState) -> Box<dyn Built> {
        Box::new((*self).hydrate::<true>(cursor, position))
    }

    fn dry_resolve(&mut self) {
        if !IN_BROWSER {
            RenderHtml::dry_resolve(self);
        }
    }

    fn into_any(self: Box<Self>) -> AnyView {
        if IN_BROWSER {
            unreachable!()
        }
        IntoAny::into_any(*self)
    }
}

/// A view on the page: what of [`Mountable`] is asked for here.
trait Built {
    fn leave(&mut self);
    fn enter(&mut self, parent: &Element, before: Option<&Node>);
    fn let_in_before(&self, child: &mut dyn Mountable) -> bool;
}

impl<S: Mountable> Built for S {
    fn leave(&mut self) {
        self.unmount();
    }

    fn enter(&mut self, parent: &Element, before: Option<&Node>) {
        self.mount(parent, before);
    }

    fn let_in_before(&self, child: &mut dyn Mountable) -> bool {
        self.insert_before_this(child)
    }
}

/// An [`Erased`] view on the page.
pub(crate) struct ErasedState(Box<dyn Built>);

impl Mountable for ErasedState {
    fn unmount(&mut self) {
        self.0.leave();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.enter(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.let_in_before(child)
    }

    fn elements(&self) -> Vec<Element> {
        Vec::new()
    }
}

impl Render for Erased {
    type State = ErasedState;

    fn build(self) -> ErasedState {
        ErasedState(self.0.build())
    }

    fn rebuild(self, state: &mut ErasedState) {
        let mut view = self.build();
        state.insert_before_this(&mut view);
        state.unmount();
        *state = view;
    }
}

impl RenderHtml for Erased {
    type AsyncOutput = AnyView;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> AnyView {
        self.0.into_any().resolve().await
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let view = self.0.into_any();
        view.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let view = self.0.into_any();
        view.to_html_async_with_buf::<OUT_OF_ORDER>(
            buf,
            position,
            escape,
            mark_branches,
            extra_attrs,
        );
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> ErasedState {
        ErasedState(self.0.hydrate(cursor, position))
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> ErasedState {
        self.hydrate::<true>(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AddAnyAttr for Erased {
    type Output<NewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self
    }
}
