//! Two marked candles that burn down: the picture of two lifetimes.

use leptos::prelude::*;

use crate::ui::leptos_ext::dynamic::attribute;
use crate::ui::leptos_ext::erased::erased;

/// The outline of a whole candle, 200 high, around x = 0.
const BODY: &str = "M-16.2 200C-16.4 194.4 -17.3 177.8 -17.3 166.7C-17.2 155.6 -16.1 144.4 -15.9 133.3C-15.7 122.2 -15.8 111.1 -16.2 100C-16.5 88.9 -17.9 77.8 -18.2 66.7C-18.5 55.6 -18.1 44.4 -17.7 33.3C-17.3 22.2 -16.3 5.6 -16 0L16.9 0C17.1 5.6 18.2 22.2 18.2 33.3C18.1 44.4 17.1 55.6 16.8 66.7C16.4 77.8 15.9 88.9 16 100C16.1 111.1 17 122.2 17.3 133.3C17.6 144.4 17.8 155.6 17.7 166.7C17.5 177.8 16.7 194.4 16.4 200Z";

/// Wax that runs over the rim of the candle, and the wick.
const RIM: &str = "M-17 2C-14 -3 13 -3 17.4 2C17.6 7 16 10 13.6 9C11 8 11.6 4 8.6 4C5.4 4 6.6 16 3 16C-0.4 16 0.6 6 -3 6C-6 6 -5 9.6 -9 9.6C-13 9.6 -17.4 7 -17 2Z";

/// The flame above the rim.
const FLAME: &str =
    "M0 -32C6 -24 9 -19 8 -13.6C7 -8.6 3 -7 0 -7C-3 -7 -7.4 -8.8 -8 -14C-8.6 -19.4 -3 -23 0 -32Z";

/// Smoke, where the flame has gone out.
const SMOKE: &str = "M0 -8C-5 -14 6 -19 0.6 -26C-4 -32 4 -36 1 -42";

/// The holder that both candles stand in.
const HOLDER: &str = "M-34 200C-20 202.4 18 202 34 200M-26 201C-25 210 -21 214 -14 215L14 215C21 214 25 210 26 201M-22 215C-8 217 8 217 22 215";

/// The height of a whole candle, in tenths of a unit.
const HEIGHT: i64 = 2_000;

/// Two candles on one table. The numbers beside them say the same, so this is decoration.
#[component]
pub(crate) fn Candles(
    /// The remaining share of the refresh token, in thousandths.
    refresh: Signal<i64>,
    /// The remaining share of the access token, in thousandths.
    access: Signal<i64>,
    /// The share of the access token that will remain when it is renewed, in thousandths.
    renewal: Signal<Option<i64>>,
) -> impl IntoView {
    erased(view! {
        <svg class="candles" viewBox="0 0 240 276" aria-hidden="true" focusable="false">
            <Candle name="refresh" at="translate(68 46)" left=refresh mark=Signal::stored(None)/>
            <Candle name="access" at="translate(172 46)" left=access mark=renewal/>
            <path class="ink" d="M6 263C60 260.6 190 264.8 234 262"/>
        </svg>
    })
}

#[component]
fn Candle(
    name: &'static str,
    at: &'static str,
    left: Signal<i64>,
    mark: Signal<Option<i64>>,
) -> impl IntoView {
    let top = move || units(left.get());
    let alight = Memo::new(move |_| left.get() > 0);
    let clip = format!("{name}-burnt");
    let clipped = format!("url(#{clip})");
    let marks: String = (1..10)
        .map(|tenth| {
            let y = 20 * tenth;
            let length = if tenth == 5 { 16 } else { 9 };
            format!("M-17 {y}l{length} 0.6")
        })
        .collect();
    view! {
        <g class=format!("candle candle-{name}") transform=at>
            <clipPath id=clip>
                <rect x="-40" width="80" height="220" y=attribute(move || Some(top()))/>
            </clipPath>
            <path class="candle-ghost" d=BODY/>
            <g clip-path=clipped>
                <path class="candle-body" d=BODY/>
                <path class="ink ink-fine" d=marks/>
                <path class="ink" d=BODY/>
            </g>
            <g transform=attribute(move || Some(format!("translate(0 {})", top())))>
                <path class="candle-rim" d=RIM/>
                <path class="ink" d="M0 -1L0.6 -9"/>
                <path
                    class=attribute(move || {
                        Some(if alight.get() { "candle-flame" } else { "candle-smoke" })
                    })
                    d=attribute(move || Some(if alight.get() { FLAME } else { SMOKE }))
                />
            </g>
            <path class="ink candle-holder" d=HOLDER/>
            <path
                class="candle-mark"
                d=attribute(move || mark.get().map(|left| format!("M-24 {0}L26 {0}", units(left))))
            />
        </g>
    }
}

/// Returns the distance from the top of a whole candle to the top of one with `left` thousandths.
/// In integers, because writing a fraction takes more machine code than all the candles.
fn units(left: i64) -> String {
    let tenths = HEIGHT - HEIGHT * left.clamp(0, 1_000) / 1_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}
