// The page of `cargo callable run`: signs in with claims, calls, streams, shows failures, at a phone's width as well.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { tool } from '../lib/local.mjs';
import { freePort, root, start, stopAll } from '../lib/process.mjs';
import { skip, startChromium } from './lib/chromium.mjs';

/** A function that needs no library: it returns its request's token, or streams. */
const FUNCTION = `
use std::io::{BufRead, BufReader, Read, Write};
fn main() {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    for stream in std::net::TcpListener::bind(("127.0.0.1", port)).unwrap().incoming() {
        let mut stream = stream.unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\\r\\n\\r\\n") && reader.read_line(&mut head).unwrap() > 0 {}
        let head = head.to_lowercase();
        for line in head.lines() {
            if let Some(value) = line.strip_prefix("content-length: ") { length = value.parse().unwrap(); }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let streams = head.contains("accept: text/event-stream");
        let error = r#"{"error":{"status":"INVALID_ARGUMENT","message":"no","details":{"field":"x"}}}"#;
        let (status, answer) = if head.starts_with("options") { (204, String::new()) }
            else if body.contains("wrong") { (400, error.to_owned()) }
            else { (200, format!("{{\\"result\\":{{\\"signedIn\\":{},\\"body\\":{body}}}}}", head.contains("authorization: bearer"))) };
        let (kind, answer) = if streams { ("text/event-stream", format!("data: {{\\"message\\":1}}\\n\\ndata: {{\\"message\\":2}}\\n\\ndata: {answer}\\n\\n")) }
            else { ("application/json", answer) };
        write!(stream, "HTTP/1.1 {status} X\\r\\naccess-control-allow-origin: *\\r\\naccess-control-allow-headers: content-type, authorization\\r\\ncontent-type: {kind}\\r\\ncontent-length: {}\\r\\n\\r\\n{answer}", answer.len()).unwrap();
    }
}
`;

let folder;
let url;

before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(os.tmpdir(), 'page-'));
  const home = path.join(folder, 'functions/hello');
  const tools = path.join(root, 'crates/cargo-callable/tools/auth-emulator/node_modules/firebase-tools');
  await mkdir(path.join(home, 'src'), { recursive: true });
  await writeFile(path.join(folder, 'Cargo.toml'), `[workspace]\nresolver = "3"\nmembers = ["functions/*"]\n[workspace.metadata.callable.run]\nfirebase-tools = "${tools}"\n`);
  await writeFile(path.join(home, 'Cargo.toml'), '[package]\nname = "hello"\nversion = "0.1.0"\nedition = "2024"\n[package.metadata.function]\nkind = "callable"\n');
  await writeFile(path.join(home, 'src/main.rs'), FUNCTION);
  const [port, auth, page] = await Promise.all([freePort(), freePort(), freePort()]);
  const words = ['callable', 'run', '--port', port, '--auth-port', auth, '--page-port', page];
  const { CARGO_TARGET_DIR, ...env } = process.env;
  const run = start(tool, words.map(String), { cwd: folder, env });
  await run.printed(/Ctrl-C/, 300_000);
  url = `http://127.0.0.1:${page}`;
}, { timeout: 900_000 });

after(async () => {
  await stopAll();
  if (folder) await rm(folder, { recursive: true, force: true });
});

for (const [screen, options] of [
  ['a desk', { viewport: { width: 1200, height: 800 } }],
  ['a phone in the dark', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
]) {
  test(`signs in and calls, on ${screen}`, { skip, timeout: 120_000 }, async () => {
    const { page, problems, stop } = await startChromium(options);
    const says = (text) => page.waitForFunction((part) => document.getElementById('outcome').textContent.includes(part), text);
    await page.goto(url);
    await page.fill('#data', '{"a":1}');
    await page.focus('#data');
    await page.keyboard.press('Control+Enter');
    await says('OK (HTTP 200');
    assert.deepEqual(JSON.parse(await page.textContent('#answer')), { signedIn: false, body: { data: { a: 1 } } });

    await page.fill('#email', 'ada@example.com');
    await page.click('#more summary');
    await page.fill('#claims', '{"role":"admin"}');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#leave:visible');
    await page.check('#stream');
    await page.click('#go');
    await says('OK (HTTP 200');
    assert.deepEqual(await page.locator('#chunks li').allTextContents(), ['1', '2']);
    assert.equal(JSON.parse(await page.textContent('#answer')).signedIn, true);
    await page.click('text=The request as curl');
    const curl = await page.textContent('#curl');
    const [, token] = curl.match(/Bearer ([^']+)/);
    assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).role, 'admin');
    const { stdout } = await promisify(execFile)('bash', ['-c', curl]);
    assert.match(stdout, /^data: {"message":1}\n\n.*"signedIn":true/s);

    await page.uncheck('#stream');
    await page.fill('#data', '"wrong"');
    await page.click('#go');
    await says('INVALID_ARGUMENT: no (HTTP 400');
    assert.deepEqual(JSON.parse(await page.textContent('#answer')), { field: 'x' });
    await page.fill('#data', '{');
    await page.click('#go');
    await says('The data is not JSON');

    await page.click('#leave');
    assert.match(await page.textContent('#user'), /Signed out/);
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, 'nothing is wider than the screen');
    assert.deepEqual(problems, []);
    await stop();
  });
}
