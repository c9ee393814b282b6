//! The keys that the settings ask for, and the folder where Signet keeps its own.

use std::path::PathBuf;

use crate::clock::Timestamp;
use crate::keys::{Key, KeyError, KeyFolder, KeyText, Keyring, open_to_others};
use crate::settings::Settings;
use crate::settings::error::SettingsError;

/// The prefix of keys that Django's `startproject` makes.
const DJANGO_DRAFT: &str = "django-insecure-";

impl Settings {
    /// Returns the keyring: the signing key of the settings, or Signet's own keys, which the first
    /// call makes.
    ///
    /// # Errors
    /// [`SettingsError`] if a key is missing, unreadable or too weak.
    pub fn keyring(&self, now: Timestamp) -> Result<Keyring, SettingsError> {
        let keyring = match self.given_key()? {
            Some((name, text)) => self.given_keyring(name, &text)?,
            None => self.kept_keyring(now)?,
        };
        self.warn_about_open_key_files();
        if keyring.signing().is_shorter_than_its_hash() {
            let algorithm = keyring.signing().algorithm();
            tracing::warn!(
                "the signing key is shorter than the hash of {algorithm}, against RFC 7518"
            );
        }
        let text = self.verifying_key.clone().map(KeyText::new);
        let file = self.verifying_key_file.as_deref().map(KeyText::read);
        for (name, public) in [
            ("VERIFYING_KEY", text.map(Ok)),
            ("VERIFYING_KEY_FILE", file),
        ] {
            let Some(public) = public else { continue };
            let checked = public.and_then(|public| keyring.signing().check_public(&public));
            checked.map_err(|error| self.problem(name, error))?;
        }
        Ok(keyring)
    }

    /// Returns the given signing key and the setting that holds it.
    ///
    /// # Errors
    /// [`SettingsError`] if the key file cannot be read.
    pub fn given_key(&self) -> Result<Option<(&'static str, KeyText)>, SettingsError> {
        if let Some(text) = &self.signing_key {
            return Ok(Some(("SIGNING_KEY", KeyText::new(&text.0))));
        }
        let Some(path) = &self.signing_key_file else {
            return Ok(None);
        };
        let name = "SIGNING_KEY_FILE";
        let text = KeyText::read(path).map_err(|error| self.problem(name, error))?;
        Ok(Some((name, text)))
    }

    /// Creates the data directory if it is missing. Only its owner may read it, because it holds
    /// the key and the users.
    ///
    /// # Errors
    /// [`SettingsError`] if the directory cannot be created.
    pub fn make_data_dir(&self) -> Result<(), SettingsError> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        let path = &self.data_dir;
        folder.create(path).map_err(|error| {
            let path = path.display();
            self.problem("DATA_DIR", format!("{path} cannot be made: {error}"))
        })
    }

    fn warn_about_open_key_files(&self) {
        let mut files: Vec<PathBuf> = self.signing_key_file.iter().cloned().collect();
        if self.signing_key.is_none() && files.is_empty() {
            let folder = KeyFolder::new(&self.data_dir, self.algorithm);
            files.push(folder.signing_path());
            let former = folder.former().unwrap_or_default();
            files.extend(former.into_iter().map(|file| file.path));
        }
        for file in files {
            if let Some(mode) = open_to_others(&file) {
                let file = file.display();
                tracing::warn!(
                    "other users of the machine may read or write the key file {file} (mode \
                     {mode:04o}), and sign tokens with it; `chmod 600` takes that away"
                );
            }
        }
    }

    fn given_keyring(&self, name: &'static str, text: &KeyText) -> Result<Keyring, SettingsError> {
        if text.begins_with(DJANGO_DRAFT) {
            tracing::warn!(
                "{name} begins with {DJANGO_DRAFT}: Django made it for development, and it may \
                 stand in a repository"
            );
        }
        if text.is_in_quotes() {
            tracing::warn!(
                "{name} begins and ends with a quote, which is part of the key; in Django's \
                 settings it is not"
            );
        }
        let key = Key::new(self.algorithm, text).map_err(|error| self.problem(name, error))?;
        Ok(Keyring::new(key, Vec::new()))
    }

    fn kept_keyring(&self, now: Timestamp) -> Result<Keyring, SettingsError> {
        self.make_data_dir()?;
        let folder = KeyFolder::new(&self.data_dir, self.algorithm);
        let path = folder.signing_path();
        let path = path.display();
        let problem = |error| match error {
            KeyError::Kept { ref source, .. }
                if matches!(**source, KeyError::Kind { .. } | KeyError::PemForHmac(_)) =>
            {
                self.problem("ALGORITHM", error)
            }
            error => self.problem("DATA_DIR", error),
        };
        let (key, is_new) = folder.signing().map_err(problem)?;
        if is_new {
            let algorithm = key.algorithm();
            tracing::info!("made a signing key for {algorithm}, kept in {path}");
        }
        let until = now + self.token_config().max_lifetime();
        let former = folder.take_up_former(now, until);
        Ok(Keyring::new(key, former.map_err(problem)?))
    }
}
