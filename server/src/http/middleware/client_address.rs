//! The layer that finds the client's address.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::http::request::client_address::{ClientAddress, Peer};
use crate::network::TrustedProxies;

/// A layer of the whole server: finds the client's address.
pub(crate) async fn find(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(&Peer(peer)) = request.extensions().get() {
        let client = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddress(client));
    }
    next.run(request).await
}
