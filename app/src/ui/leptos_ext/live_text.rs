//! A text that may change, in an element of its own.
//!
//! Leptos keeps a reference to a text node and writes into it. A translator puts nodes of its own
//! in the place of that text node, and what Leptos writes from then on is never seen. The element
//! around a text stays, so the whole content of the element is set instead.

use std::borrow::Cow;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::html::span;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::{Position, PositionState};
use wasm_bindgen::JsCast;

/// A text in a `<span>` of its own.
pub(crate) struct LiveText(Cow<'static, str>);

impl<T: Into<Cow<'static, str>>> From<T> for LiveText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// A [`LiveText`] on the page.
pub(crate) struct LiveTextState {
    element: Element,
    text: Cow<'static, str>,
}

impl Render for LiveText {
    type State = LiveTextState;

    fn build(self) -> LiveTextState {
        let element = Rndr::create_element("span", None);
        element.set_text_content(Some(&self.0));
        LiveTextState {
            element,
            text: self.0,
        }
    }

    fn rebuild(self, state: &mut LiveTextState) {
        if self.0 != state.text {
            state.element.set_text_content(Some(&self.0));
            state.text = self.0;
        }
    }
}

impl Mountable for LiveTextState {
    fn unmount(&mut self) {
        self.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl RenderHtml for LiveText {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        let element = span().child(self.0);
        element.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> LiveTextState {
        match position.get() {
            Position::FirstChild => cursor.child(),
            Position::Current => {}
            _ => cursor.sibling(),
        }
        position.set(Position::NextChild);
        LiveTextState {
            element: cursor.current().unchecked_into(),
            text: self.0,
        }
    }

    async fn hydrate_async(self, cursor: &Cursor, position: &PositionState) -> LiveTextState {
        self.hydrate::<true>(cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl AddAnyAttr for LiveText {
    type Output<NewAttr: Attribute> = Self;

    fn add_any_attr<NewAttr: Attribute>(self, _: NewAttr) -> Self
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self
    }
}
