//! The `signet` command.

use std::process::ExitCode;

/// Gives memory back to the system once connections are closed. What the system's own allocator has
/// spread over its arenas stays with the process.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
