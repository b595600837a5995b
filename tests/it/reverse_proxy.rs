//! Streams behind nginx, whose default settings buffer answers.

use std::{fs, path::Path};

use tokio::net::TcpListener;

use crate::support::{
    plain_server::{PlainServer, STREAM, call, until},
    process::{Process, misbehaving},
    say,
};

/// The path of nginx; prints a line if it is not installed.
fn nginx() -> Option<&'static str> {
    let known =
        ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx", "/opt/homebrew/bin/nginx"];
    let found = known.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        say("SKIPPED: streams were not tried behind a reverse proxy: nginx is not installed");
    }
    found
}

/// A port that is free now.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn nginx_forwards_each_event_of_a_stream_at_once() {
    let Some(nginx) = nginx() else {
        return;
    };
    let server = PlainServer::start(misbehaving(), &[]).await;
    let folder = std::env::temp_dir().join(format!("nginx-{}", server.process.id()));
    fs::create_dir_all(&folder).unwrap();
    let (port, upstream, here) = (free_port().await, &server.address, folder.display());
    let configuration = format!(
        "daemon off; master_process off; pid {here}/pid; error_log stderr notice;
         events {{}}
         http {{
           access_log off;
           client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
           uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
           server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{upstream}; }} }}
         }}"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration).unwrap();
    let arguments = [nginx, "-p", folder.to_str().unwrap(), "-e", "stderr", "-c"];
    let proxy = Process::start_under(&arguments, file, &[]);
    proxy.line_with("event method").await;
    let proxied = PlainServer { process: proxy, address: format!("127.0.0.1:{port}") };

    let mut stream = proxied.send(call(r#"{"do":"stream, then panic"}"#, STREAM)).await;
    for number in 0..3 {
        // The handler sends the next event only after the call below, so this event was not buffered.
        until(&mut stream, &format!("data: {{\"message\":{number}}}\n\n")).await;
        until(&mut proxied.send(call(r#"{"do":"go on"}"#, "")).await, "result").await;
    }
    until(&mut stream, r#""status":"INTERNAL""#).await;
    drop(proxied);
    fs::remove_dir_all(&folder).unwrap();
}
