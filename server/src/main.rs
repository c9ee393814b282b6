//! The `signet` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match signet::cli::run(std::env::args_os(), std::env::vars_os()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("signet: {error}");
            ExitCode::FAILURE
        }
    }
}
