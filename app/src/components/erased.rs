//! A view without its type, at half the price.
//!
//! Leptos's own `into_any` keeps, for every type it forgets, the machine code of *asynchronous*
//! hydration, which only lazily loaded routes need. Here nothing is loaded lazily, and that code
//! was a fifth of the WebAssembly. [`Eager`] hydrates its view at once instead.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::ssr::StreamBuilder;
use leptos::tachys::view::{Position, PositionState};

/// Forgets the type of a view.
pub(crate) fn erased(view: impl IntoView + 'static) -> AnyView {
    Eager(view).into_any()
}

/// The view it holds, except that hydration never waits, and that a view in the place of another of
/// its type is built anew: patching every attribute that might differ was as much code again.
struct Eager<T>(T);

impl<T: Render> Render for Eager<T> {
    type State = T::State;

    fn build(self) -> Self::State {
        self.0.build()
    }

    fn rebuild(self, state: &mut Self::State) {
        let mut view = self.0.build();
        state.insert_before_this(&mut view);
        state.unmount();
        *state = view;
    }
}

impl<T: RenderHtml> RenderHtml for Eager<T> {
    type AsyncOutput = T::AsyncOutput;
    type Owned = Eager<T::Owned>;

    const MIN_LENGTH: usize = T::MIN_LENGTH;
    const EXISTS: bool = T::EXISTS;

    fn dry_resolve(&mut self) {
        self.0.dry_resolve();
    }

    async fn resolve(self) -> Self::AsyncOutput {
        self.0.resolve().await
    }

    fn html_len(&self) -> usize {
        self.0.html_len()
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0
            .to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
        self,
        buf: &mut StreamBuilder,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.0.to_html_async_with_buf::<OUT_OF_ORDER>(
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
    ) -> Self::State {
        self.0.hydrate::<FROM_SERVER>(cursor, position)
    }

    async fn hydrate_async(self, _: &Cursor, _: &PositionState) -> Self::State {
        unreachable!()
    }

    fn into_owned(self) -> Self::Owned {
        Eager(self.0.into_owned())
    }
}

impl<T: AddAnyAttr> AddAnyAttr for Eager<T> {
    type Output<NewAttr: Attribute> = Eager<T::Output<NewAttr>>;

    fn add_any_attr<NewAttr: Attribute>(self, attr: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        Eager(self.0.add_any_attr(attr))
    }
}
