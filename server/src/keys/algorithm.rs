//! The algorithms that Signet signs with, and their names.

use jsonwebtoken::Algorithm;

/// The algorithms that a key may have, by their names in RFC 7518, 3.1 and RFC 8037, 3.1.
pub const ALGORITHMS: [(&str, Algorithm); 12] = [
    ("HS256", Algorithm::HS256),
    ("HS384", Algorithm::HS384),
    ("HS512", Algorithm::HS512),
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// The algorithm's name.
pub fn name_of(algorithm: Algorithm) -> &'static str {
    let mut known = ALGORITHMS.into_iter();
    let found = known.find(|(_, known)| *known == algorithm);
    found.map_or("an algorithm that Signet does not know", |(name, _)| name)
}
