//! The one motif: the impression of a signet ring in wax, drawn by hand.

use leptos::prelude::*;

/// The uneven edge of the wax.
const WAX: &str = "M94.8 50C94.8 56.5 93.4 63.7 90.7 69.6C88 75.5 83.6 82 78.4 85.6C73.2 89.3 65.9 90.4 59.5 91.6C53.1 92.9 46.5 94 40.2 93.1C33.8 92.1 26.3 89.8 21.5 85.7C16.8 81.6 13.9 74.5 11.5 68.6C9 62.6 7.1 56.3 6.9 50C6.8 43.7 8.1 37 10.5 31C12.9 25 16.2 17.7 21.2 13.9C26.2 10.1 34 9 40.4 8.1C46.8 7.1 53.7 6.5 59.5 8.2C65.4 9.9 70.2 14.5 75.4 18.2C80.6 21.9 87.5 25.1 90.7 30.4C94 35.7 94.8 43.5 94.8 50Z";

/// The rim the ring pressed.
const RIM: &str = "M84.2 50C84.3 54.3 82.8 58.9 81 62.8C79.2 66.7 76.6 70.7 73.5 73.5C70.4 76.3 66.3 78.3 62.4 79.8C58.4 81.3 54.2 82.3 50 82.5C45.8 82.7 41.1 82.7 37.1 81.2C33.1 79.8 29 77 26.1 73.9C23.2 70.8 21.1 66.5 19.8 62.5C18.4 58.5 17.8 54.1 18 50C18.2 45.9 19.4 41.8 20.8 37.9C22.3 34 24 29.9 26.7 26.7C29.4 23.5 33.1 20.3 37 18.7C40.9 17 45.8 16.6 50 16.8C54.2 17.1 58.6 18.4 62.4 20.2C66.1 22 69.4 24.7 72.5 27.5C75.5 30.4 78.7 33.6 80.6 37.3C82.6 41.1 84.1 45.7 84.2 50Z";

/// The notches inside the rim.
const NOTCHES: &str = "M76.2 50L80.4 50M75.2 57L79.3 57.9M72.7 63.1L76.3 65.2M68.5 68.5L71.5 71.5M63.1 72.7L65.2 76.3M56.8 75.3L57.9 79.3M50 76.2L50 80.4M43.2 75.3L42.1 79.3M36.9 72.7L34.8 76.3M31.5 68.5L28.5 71.5M27.3 63.1L23.7 65.2M24.7 56.8L20.7 57.9M23.8 50L19.6 50M24.7 43.2L20.7 42.1M27.3 36.9L23.7 34.8M31.5 31.5L28.5 28.5M36.9 27.3L34.8 23.7M43.2 24.7L42.1 20.7M50 23.8L50 19.6M56.8 24.7L57.9 20.7M63.1 27.3L65.2 23.7M68.5 31.5L71.5 28.5M72.7 36.9L76.3 34.8M75.3 43.2L79.3 42.1";

/// The letter.
const LETTER: &str =
    "M60.5 39.5C57 33.5 42 32.5 40.6 41C39.2 50 60.4 49.2 60.2 59C60 68.4 43.5 68.6 39 60.6";

/// The crack of a broken seal.
const CRACK: &str = "M74 6L63 22L68 35L52 47L57 59L41 69L43 82L29 97M52 47L37 42L31 47M57 59L70 66";

/// The seal; `broken` if what it stood for is not there. Decoration: the words beside it say all.
#[component]
pub(crate) fn Seal(#[prop(optional)] broken: bool) -> impl IntoView {
    view! {
        <svg class="seal" viewBox="0 0 100 100" aria-hidden="true" focusable="false">
            <path class="seal-wax" d=WAX/>
            <path class="seal-line" d=RIM/>
            <path class="seal-line seal-fine" d=NOTCHES/>
            {if broken {
                view! { <path class="seal-crack" d=CRACK/> }
            } else {
                view! { <path class="seal-line seal-letter" d=LETTER/> }
            }}
        </svg>
    }
}
