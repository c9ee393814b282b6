//! The web UI's bundle and address, as pages need them.

use crate::http::site::assets::Bundle;
use crate::settings::Settings;

/// The bundle and the address of the web UI.
#[derive(Clone, Debug)]
pub struct Site {
    pub(crate) bundle: Bundle,
    pub(crate) public_url: String,
}

impl Site {
    /// The web UI that the server was built with.
    pub fn new(settings: &Settings) -> Self {
        Self {
            bundle: Bundle::embedded(),
            public_url: settings.public_url.origin().to_owned(),
        }
    }
}
