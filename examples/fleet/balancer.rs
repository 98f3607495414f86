//! A small balancer: each connection to the next replica, and past one that does not take it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Starts it on a free port; gives its address.
pub(crate) async fn start(replicas: Vec<SocketAddr>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let replicas: Arc<[SocketAddr]> = replicas.into();
    tokio::spawn(async move {
        let mut turn = 0;
        while let Ok((mut client, _)) = listener.accept().await {
            turn += 1;
            let replicas = Arc::clone(&replicas);
            tokio::spawn(async move {
                for place in 0..replicas.len() {
                    let next = replicas[(turn + place) % replicas.len()];
                    if let Ok(Ok(mut replica)) = timeout(Duration::from_millis(200), TcpStream::connect(next)).await {
                        // one that breaks off is its client's to see
                        let _ = copy_bidirectional(&mut client, &mut replica).await;
                        return;
                    }
                }
            });
        }
    });
    Ok(address)
}
