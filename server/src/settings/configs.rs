//! The configuration of each room, made from the settings.

use std::num::NonZeroUsize;

use crate::auth::AuthRules;
use crate::cors::AllowedOrigins;
use crate::model::{UserColumns, UserIdField};
use crate::password::{Cost, Policy};
use crate::settings::Settings;
use crate::throttle::Rates;
use crate::token::{ClaimNames, TokenConfig};

impl Settings {
    /// Returns the cost of a password hash; `None` if argon2 does not allow it.
    pub(super) fn hash_cost(&self) -> Option<Cost> {
        Cost::new(
            self.hash_memory_kib,
            self.hash_iterations,
            self.hash_parallelism,
        )
    }

    /// Returns the cost of a password hash.
    pub fn cost(&self) -> Cost {
        self.hash_cost().expect("checked when it was read")
    }

    /// Returns the number of concurrent password hashes.
    pub fn hashing_slots(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        self.hash_slots.unwrap_or_else(cores)
    }

    /// Returns the demands on a new password.
    pub fn password_policy(&self) -> Policy {
        Policy {
            min_length: self.password_min_length,
        }
    }

    /// Which other origins are let in.
    pub fn allowed_origins(&self) -> AllowedOrigins {
        AllowedOrigins {
            all: self.cors_allow_all_origins,
            listed: self.cors_allowed_origins.clone(),
            patterns: self.cors_allowed_origin_regexes.clone(),
        }
    }

    /// Returns the configuration of tokens.
    pub fn token_config(&self) -> TokenConfig {
        TokenConfig {
            access_lifetime: self.access_token_lifetime.0,
            refresh_lifetime: match self.session_max_age {
                Some(most) => self.refresh_token_lifetime.0.min(most.0),
                None => self.refresh_token_lifetime.0,
            },
            sliding_lifetime: self.sliding_token_lifetime.0,
            sliding_refresh_lifetime: self.sliding_token_refresh_lifetime.0,
            leeway: self.leeway.0,
            audience: self.audience.clone(),
            issuer: self.issuer.clone(),
            names: ClaimNames {
                token_type: self.token_type_claim.0.clone(),
                jti: self.jti_claim.clone(),
                user_id: self.user_id_claim.clone(),
                refresh_exp: self.sliding_token_refresh_exp_claim.clone(),
                revoke: self.revoke_token_claim.clone(),
            },
        }
    }

    /// Returns the settings of the flows.
    pub fn auth_rules(&self) -> AuthRules {
        AuthRules {
            rotate: self.rotate_refresh_tokens,
            blacklist_after_rotation: self.blacklist_after_rotation,
            rotation_grace: self.rotation_grace.0,
            max_age: self.session_max_age.map(|most| most.0),
            update_last_login: self.update_last_login,
            check_user_is_active: self.check_user_is_active,
            allow_inactive_login: self.allow_inactive_login,
            check_revoke_token: self.check_revoke_token,
            upgrade_passwords: self.password_upgrade,
            user_id_field: self.id_field().expect("checked when it was read"),
            token_classes: self.auth_token_classes.clone(),
        }
    }

    /// Returns the limits on failed logins and on registrations.
    pub fn throttle_rates(&self) -> Rates {
        Rates {
            login: self.throttle_login.0,
            login_address: self.throttle_login_address.0,
            register: self.throttle_register.0,
        }
    }

    /// Returns the names of the user's table and its columns.
    pub fn user_columns(&self) -> UserColumns {
        UserColumns {
            table: self.user_table.clone(),
            id: Some(self.user_id.clone()),
            username: Some(self.user_username.clone()),
            password: Some(self.user_password.clone()),
            email: self.user_email.0.clone(),
            is_active: self.user_is_active.0.clone(),
            last_login: self.user_last_login.0.clone(),
            date_joined: self.user_date_joined.0.clone(),
            login: self.user_login.clone(),
            login_ignores_case: self.user_login_ignores_case,
            require: self.user_require.0.clone(),
        }
    }

    /// Returns the column that tokens name users by; `None` if it is neither the key nor the username.
    pub(super) fn id_field(&self) -> Option<UserIdField> {
        match self.user_id_field.as_str() {
            "id" => Some(UserIdField::Id),
            "username" => Some(UserIdField::Username),
            column if column == self.user_id => Some(UserIdField::Id),
            column if column == self.user_username => Some(UserIdField::Username),
            _ => None,
        }
    }

    /// Returns the field of a request that names the user.
    pub fn username_field(&self) -> &str {
        self.user_username_field
            .as_deref()
            .unwrap_or(&self.user_username)
    }
}
