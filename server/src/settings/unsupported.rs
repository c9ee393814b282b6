//! Settings of Django projects that Signet knows and does not take, each with what to do instead.

/// A setting that has no meaning here.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// Its name in a Django project.
    pub name: &'static str,
    /// The reason that it is unsupported, and the alternative.
    pub instead: &'static str,
}

const SERIALIZER: &str = "it names a Python class, which has no meaning here; remove it: what \
                          tokens say is set by AUDIENCE, ISSUER, USER_ID_FIELD and the names of \
                          the claims";

/// Settings of SimpleJWT that name Python code, fetch keys or were removed by SimpleJWT, and
/// settings that django-cors-headers has renamed or removed.
pub const REFUSED: &[Refused] = &[
    refused("TOKEN_OBTAIN_SERIALIZER", SERIALIZER),
    refused("TOKEN_REFRESH_SERIALIZER", SERIALIZER),
    refused("TOKEN_VERIFY_SERIALIZER", SERIALIZER),
    refused("TOKEN_BLACKLIST_SERIALIZER", SERIALIZER),
    refused("SLIDING_TOKEN_OBTAIN_SERIALIZER", SERIALIZER),
    refused("SLIDING_TOKEN_REFRESH_SERIALIZER", SERIALIZER),
    refused(
        "TOKEN_USER_CLASS",
        "it names a Python class, which has no meaning here; remove it: users are read from the \
         database",
    ),
    refused(
        "JSON_ENCODER",
        "it names a Python class, which has no meaning here; remove it: the claims are texts and \
         numbers, which need no encoder",
    ),
    refused(
        "USER_AUTHENTICATION_RULE",
        "it names a Python function, which has no meaning here; remove it: CHECK_USER_IS_ACTIVE \
         says whether tokens of inactive users are taken",
    ),
    refused(
        "JWK_URL",
        "Signet never fetches keys; remove it and give the key itself as SIGNING_KEY, or the file \
         that holds it as SIGNING_KEY_FILE",
    ),
    refused(
        "AUTH_HEADER_TYPE",
        "SimpleJWT has removed it; use AUTH_HEADER_TYPES, a list",
    ),
    refused(
        "AUTH_TOKEN_CLASS",
        "SimpleJWT has removed it; use AUTH_TOKEN_CLASSES, which takes access, sliding or both",
    ),
    refused("SECRET_KEY", "SimpleJWT has removed it; use SIGNING_KEY"),
    refused(
        "TOKEN_BACKEND_CLASS",
        "SimpleJWT has removed it; use ALGORITHM",
    ),
    refused(
        "CORS_ORIGIN_WHITELIST",
        "django-cors-headers has renamed it; use CORS_ALLOWED_ORIGINS",
    ),
    refused(
        "CORS_ORIGIN_REGEX_WHITELIST",
        "django-cors-headers has renamed it; use CORS_ALLOWED_ORIGIN_REGEXES",
    ),
    refused(
        "CORS_ORIGIN_ALLOW_ALL",
        "django-cors-headers has renamed it; use CORS_ALLOW_ALL_ORIGINS",
    ),
    refused(
        "CORS_REPLACE_HTTPS_REFERER",
        "django-cors-headers has removed it; remove it: nothing here looks at the referer",
    ),
    refused(
        "CORS_MODEL",
        "django-cors-headers has removed it; use CORS_ALLOWED_ORIGINS",
    ),
];

const fn refused(name: &'static str, instead: &'static str) -> Refused {
    Refused { name, instead }
}

/// Returns the alternative to an unsupported setting of this name; `None` if it is supported.
pub(super) fn instead_of(name: &str) -> Option<&'static str> {
    let known = REFUSED.iter().find(|refused| refused.name == name);
    // A project may have named further serializers in SimpleJWT's way.
    let is_serializer = name.ends_with("_SERIALIZER");
    known
        .map(|refused| refused.instead)
        .or(is_serializer.then_some(SERIALIZER))
}

/// The same for a key in a table of the file, with or without the table's name before it.
pub(super) fn instead_of_key(table: &str, key: &str) -> Option<(String, &'static str)> {
    let name = key.to_ascii_uppercase();
    let whole_name = format!("{}_{name}", table.to_ascii_uppercase());
    let [short, whole] = [name, whole_name].map(|name| Some((instead_of(&name)?, name)));
    short.or(whole).map(|(instead, name)| (name, instead))
}
