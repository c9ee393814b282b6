//! Checks that involve several settings.

use jsonwebtoken::AlgorithmFamily;

use crate::keys::name_of;
use crate::settings::Settings;
use crate::settings::error::SettingsError;
use crate::settings::source::Source;

/// The most threads that may hash, each with its own memory.
const MOST_HASH_SLOTS: usize = 1024;

/// The most connections to a database.
const MOST_CONNECTIONS: usize = 1000;

impl Settings {
    /// Finds settings that do not go together.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        for (text, file) in [
            ("SIGNING_KEY", "SIGNING_KEY_FILE"),
            ("VERIFYING_KEY", "VERIFYING_KEY_FILE"),
        ] {
            if self.is_given(text) && self.is_given(file) {
                let problem = format!("{text} is given too; give one of the two");
                return Err(self.problem(file, problem));
            }
        }
        for name in ["VERIFYING_KEY", "VERIFYING_KEY_FILE"] {
            if self.is_given(name) && self.algorithm.family() == AlgorithmFamily::Hmac {
                let algorithm = name_of(self.algorithm);
                let problem = format!("{algorithm} verifies with SIGNING_KEY; leave this out");
                return Err(self.problem(name, problem));
            }
        }
        self.check_paths()?;
        if let Some((setting, name)) = self.shared_claim_name() {
            let problem = format!("{name:?} is the name of another claim, too");
            return Err(self.problem(setting, problem));
        }
        if self.password_min_length > crate::model::LONGEST_PASSWORD {
            let most = crate::model::LONGEST_PASSWORD;
            let problem = format!("no password is longer than {most} characters");
            return Err(self.problem("PASSWORD_MIN_LENGTH", problem));
        }
        if self
            .hash_slots
            .is_some_and(|slots| slots.get() > MOST_HASH_SLOTS)
        {
            let problem = format!("at most {MOST_HASH_SLOTS} threads may hash");
            return Err(self.problem("HASH_SLOTS", problem));
        }
        if self.database_pool_size.get() > MOST_CONNECTIONS {
            let problem = format!("at most {MOST_CONNECTIONS} connections may be open");
            return Err(self.problem("DATABASE_POOL_SIZE", problem));
        }
        if self.id_field().is_none() {
            let problem = format!(
                "it takes id, username, or the columns that [user] calls so, {} and {}",
                self.user_id, self.user_username
            );
            return Err(self.problem("USER_ID_FIELD", problem));
        }
        let none_of = |what| format!("it holds none; give at least one {what}");
        if self.auth_token_classes.is_empty() {
            return Err(self.problem("AUTH_TOKEN_CLASSES", none_of("class")));
        }
        if self.auth_header_types.is_empty() {
            return Err(self.problem("AUTH_HEADER_TYPES", none_of("word")));
        }
        if self.hash_cost().is_none() {
            let problem = "with HASH_ITERATIONS and HASH_PARALLELISM this is no cost that argon2id \
                           can have; allowed are 8 KiB a lane to 262144 KiB, 1 to 16 iterations \
                           and 1 to 16 lanes";
            return Err(self.problem("HASH_MEMORY_KIB", problem));
        }
        Ok(())
    }

    fn is_given(&self, name: &str) -> bool {
        self.sources.source_of(name) != Source::Default
    }

    /// A setting whose claim would share its name with another, one overwriting the other. Of two
    /// that share one, the one that was given is to blame, not a default.
    fn shared_claim_name(&self) -> Option<(&'static str, &str)> {
        use crate::model::name;
        let mut chosen = [
            ("TOKEN_TYPE_CLAIM", self.token_type_claim.0.as_deref()),
            ("JTI_CLAIM", Some(&self.jti_claim)),
            ("USER_ID_CLAIM", Some(&self.user_id_claim)),
            (
                "SLIDING_TOKEN_REFRESH_EXP_CLAIM",
                Some(&self.sliding_token_refresh_exp_claim),
            ),
            ("REVOKE_TOKEN_CLAIM", Some(&self.revoke_token_claim)),
        ];
        chosen.sort_by_key(|(setting, _)| self.is_given(setting));
        let mut taken = vec![name::EXP, name::IAT, name::NBF, name::AUD, name::ISS];
        chosen.into_iter().find_map(|(setting, name)| {
            let name = name?;
            let is_taken = taken.contains(&name);
            taken.push(name);
            is_taken.then_some((setting, name))
        })
    }
}
