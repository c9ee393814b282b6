//! The `signet` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // A variable that is no text is none of ours.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    match signet::cli::run(std::env::args_os(), environment).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("signet: {error}");
            ExitCode::FAILURE
        }
    }
}
