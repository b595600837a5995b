// The page of `cargo callable run`: forms of the types, callers, streams, failures, history, links, keys; on a desk and on a
// phone, light and dark. Screenshots are saved in .tools/screenshots.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startLocal } from '../lib/local.mjs';
import { root, stopAll } from '../lib/process.mjs';
import { skip, startChromium } from './lib/chromium.mjs';

/**
 * The source of a function that needs no library and says no types. It returns what it got, or streams. With `forever`
 * in its data its stream has no end.
 */
const source = (result) => `
use std::io::{BufRead, BufReader, Read, Write};
fn main() {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    for stream in std::net::TcpListener::bind(("127.0.0.1", port)).unwrap().incoming() {
        std::thread::spawn(|| answer(stream.unwrap()));
    }
}
fn answer(mut stream: std::net::TcpStream) {
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
    let (signed_in, app_check) = (head.contains("authorization: bearer"), head.contains("x-firebase-appcheck: app"));
    let error = r#"{"error":{"status":"INVALID_ARGUMENT","message":"no","details":{"field":"x"}}}"#;
    let (status, answer) = if head.starts_with("options") { (204, String::new()) }
        else if body.contains("wrong") { (400, error.to_owned()) }
        else { (200, format!(r#"{{"result":${result}}}"#)) };
    let (kind, answer) = if streams { ("text/event-stream", format!("data: {{\\"message\\":1}}\\n\\ndata: {{\\"message\\":2}}\\n\\ndata: {answer}\\n\\n")) }
        else { ("application/json", answer) };
    let cors = "access-control-allow-origin: *\\r\\naccess-control-allow-headers: content-type, authorization, x-firebase-appcheck";
    write!(stream, "HTTP/1.1 {status} X\\r\\n{cors}\\r\\ncontent-type: {kind}\\r\\n").unwrap();
    if body.contains("forever") {
        write!(stream, "connection: close\\r\\n\\r\\ndata: {{\\"message\\":1}}\\n\\n").unwrap();
        let _ = reader.read(&mut [0]);
    } else {
        write!(stream, "content-length: {}\\r\\n\\r\\n{answer}", answer.len()).unwrap();
    }
    let _ = (signed_in, app_check);
}
`;
const ECHO = source('{{"signedIn":{signed_in},"appCheck":{app_check},"body":{body}}}');
/** The emulator takes a JSON text for a custom token. */
const CLERK = source('{{"token":"{{\\"uid\\":\\"user_clerk\\"}}","expiresIn":60}}');

const screenshots = path.join(root, '.tools/screenshots');
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };
const DESK = { viewport: { width: 1200, height: 800 }, ...clipboard };
const PHONE = { viewport: { width: 360, height: 740 }, colorScheme: 'dark', ...clipboard };

let folder;
let url;

/** Adds a function without types to the project. */
async function add(name, text, kind = 'callable') {
  const home = path.join(folder, 'functions', name);
  await mkdir(path.join(home, 'src'), { recursive: true });
  await writeFile(path.join(home, 'src/main.rs'), text);
  await writeFile(path.join(home, 'Cargo.toml'), `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n[package.metadata.function]\nkind = "${kind}"\n`);
}

async function edit(name, change) {
  const file = path.join(folder, name);
  await writeFile(file, change(await readFile(file, 'utf8')));
}

// The project of the types, which also accepts the emulator's users, with functions that say no types.
before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(os.tmpdir(), 'page-'));
  await cp(path.join(root, 'tests/types'), folder, { recursive: true, filter: (file) => !/^(target|node_modules)$/.test(path.basename(file)) });
  const tools = path.join(root, 'crates/cargo-callable/tools/auth-emulator/node_modules/firebase-tools');
  await edit('Cargo.toml', (text) => `${text.replace('../../shared', path.join(root, 'shared'))}\n[workspace.metadata.callable.run]\nfirebase-tools = "${tools}"\n`);
  await edit('functions/every-type/Cargo.toml', (text) => `${text}\n[features]\nemulator = ["shared/emulator"]\n`);
  await edit('functions/every-type/src/main.rs', (text) => text.replace('shared::run(handler::callable())',
    'let callable = handler::callable();\n    #[cfg(feature = "emulator")]\n    let callable = callable.accept_auth_emulator(shared::EmulatorProjects::DemoOnly);\n    shared::run(callable)'));
  await add('hello', ECHO);
  await add('exchange-clerk-token', CLERK);
  await add('receive', ECHO, 'http');
  await mkdir(screenshots, { recursive: true });
  ({ page: url } = await startLocal({ home: folder }));
}, { timeout: 1_300_000 });

after(async () => {
  await stopAll();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A test in a browser of its own, with a page that shows `link`. Nothing may be wrong at its end. */
function inBrowser(name, options, link, body) {
  test(name, { skip, timeout: 300_000 }, async () => {
    const { page, problems, stop } = await startChromium(options);
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) problems.push(message.text());
    });
    await page.goto(`${url}/${link}`);
    await page.waitForFunction(() => document.querySelector('[aria-current]'));
    await body(page, (text) => page.waitForFunction((part) => document.getElementById('outcome').textContent.includes(part), text));
    const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(width <= 0, `nothing is wider than the screen: ${width}`);
    assert.deepEqual(problems, []);
    await stop();
  });
}

const answer = async (page) => JSON.parse(await page.textContent('#answer'));
const data = async (page) => JSON.parse(await page.inputValue('#data'));
const signIn = async (page) => {
  await page.click('#enter');
  await page.waitForSelector('#leave:visible');
};

for (const [screen, options] of [['a desk', DESK], ['a phone in the dark', PHONE]]) {
  inBrowser(`signs in and calls, on ${screen}`, options, '#hello', async (page, says) => {
    assert.equal(await page.isVisible('#ways'), false); // a function without types has no form
    await page.fill('#data', '{"a":1}');
    await page.focus('#data');
    await page.keyboard.press('Control+Enter');
    await says('OK (HTTP 200');
    assert.deepEqual(await answer(page), { signedIn: false, appCheck: false, body: { data: { a: 1 } } });

    await page.selectOption('#who', 'email');
    await page.fill('#email', 'ada@example.com');
    await page.fill('#claims', '{"role":"admin"}');
    await page.focus('#claims');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#leave:visible');
    assert.match(await page.textContent('#user'), /^ada@example\.com, uid /);
    await page.check('#stream');
    await page.click('#go');
    await says('OK (HTTP 200');
    assert.deepEqual(await page.locator('#chunks code').allTextContents(), ['1', '2']);
    assert.match(await page.locator('#chunks time').first().textContent(), /^\d+ ms$/);
    assert.equal((await answer(page)).signedIn, true);
    await page.click('text=The request as curl');
    const curl = await page.textContent('#curl');
    const [, token] = curl.match(/Bearer ([^']+)/);
    assert.equal(JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).role, 'admin');
    const { stdout } = await promisify(execFile)('bash', ['-c', curl]);
    assert.match(stdout, /^data: {"message":1}\n\n.*"signedIn":true/s);

    await page.fill('#data', '"forever"');
    await page.click('#go');
    await says('1 chunk,');
    assert.equal(await page.textContent('#go'), 'Stop');
    await page.click('#go');
    await says('Stopped, after');

    await page.uncheck('#stream');
    await page.fill('#data', '"wrong"');
    await page.click('#go');
    await says('INVALID_ARGUMENT: no (HTTP 400');
    assert.deepEqual(await answer(page), { field: 'x' });
    await page.fill('#data', '{');
    await page.click('#go');
    await says('The data is not JSON');

    await page.click('#leave');
    assert.match(await page.textContent('#user'), /Signed out/);
  });

  inBrowser(`shows a form of every type, on ${screen}`, options, '#everyType', async (page, says) => {
    await page.waitForSelector('#form:visible');
    const scheme = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(scheme, options.colorScheme ? 'rgb(22, 24, 28)' : 'rgb(245, 245, 242)');
    assert.deepEqual(await page.locator('#facts li').allTextContents(), ['Anyone may call', 'No App Check needed', 'Streams']);
    assert.match(await page.textContent('#description'), /^Gives back what it gets/);
    await page.fill('[name="data[text]"]', 'hello');
    await page.fill('[name="data[letter]"]', 'x');
    await page.click('[data-schemapath="data.list"] .json-editor-btntype-add');
    await page.fill('[name="data[list][0]"]', 'first');
    await page.fill('[name="data[pair][1]"]', '2.5');
    await page.check('[id="data[maybe]-opt-in"]');
    await page.check('[id="data[next]-opt-in"]');
    await page.selectOption('[id="data[next]switcher"]', 'Node');
    await page.selectOption('[id="data[shape]switcher"]', 'circle');
    await page.selectOption('[id="data[event]switcher"]', 'moved-to');
    await page.selectOption('[name="data[color]"]', 'RED');
    await page.click('[data-schemapath="data.map"] .json-editor-btntype-properties');
    await page.fill('[data-schemapath="data.map"] .property-selector-input', 'one');
    await page.click('[data-schemapath="data.map"] .json-editor-btntype-add');
    await page.click('h1');
    await page.fill('[name="data[day]"]', '2026-02-28');
    await page.fill('[name="data[createdAt]"]', '2026-11-27T12:00:00Z');
    await page.keyboard.press('Control+Enter');
    await says('OK (HTTP 200');
    const sent = await data(page);
    const { text, list, pair, map, maybe, next, shape, event, color, createdAt } = sent;
    assert.deepEqual({ text, list, pair, map, maybe, next, shape, event, color, createdAt }, {
      text: 'hello', list: ['first'], pair: ['', 2.5], map: { one: 0 }, maybe: '', next: { value: 0 },
      shape: { circle: { center: { x: 0, y: 0 }, radius: 0 } }, event: { type: 'moved-to', x: 0, y: 0 }, color: 'RED', createdAt: '2026-11-27T12:00:00Z',
    });
    assert.equal('withDefault' in sent, false); // what may be absent is sent when it is chosen
    assert.equal((await answer(page)).withDefault, 1);
    assert.equal(await page.locator('#chunks li').count(), 1);

    await page.check('#as-text');
    await page.fill('#data', JSON.stringify({ ...sent, text: 'changed', maybe: null, tree: { name: 'a', children: [{ name: 'b', children: [] }] } }));
    await page.check('#as-form');
    await page.waitForSelector('[name="data[tree][children][0][name]"]');
    assert.equal(await page.inputValue('[name="data[text]"]'), 'changed');
    assert.equal((await data(page)).maybe, null);
    assert.equal(await page.textContent('#data-note'), '');
    await page.screenshot({ path: path.join(screenshots, `explorer-${options.viewport.width}.png`), fullPage: true });
  });
}

inBrowser('fails in four ways, and says why', DESK, '#everyType', async (page, says) => {
  await page.waitForSelector('#form:visible');
  await page.fill('[name="data[letter]"]', 'x');
  await page.fill('[name="data[day]"]', '2026-02-28');
  await page.fill('[name="data[createdAt]"]', '2026-11-27T12:00:00Z');
  await page.click('#signed-out');
  await says('OK (HTTP 200');
  assert.match(await page.textContent('#why'), /answers callers who are signed out/);
  await page.click('#see');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Answer');
  await page.click('#forged-token');
  await says('UNAUTHENTICATED');
  assert.match(await page.textContent('#why'), /not signed by Google/);
  await page.click('#unknown-function');
  await says('NOT_FOUND');
  assert.match(await page.textContent('#why'), /no function with the name noSuchFunction/);
  await page.click('#wrong-data');
  await says('INVALID_ARGUMENT');
  assert.match(await page.textContent('#why'), /shape of the function’s input/);
  assert.equal((await answer(page)).field, 'data.text');
  assert.equal(await page.locator('#history li').count(), 0); // they are no calls of one's own
  await page.selectOption('#who', 'forged');
  await page.click('#go');
  await says('UNAUTHENTICATED');
  assert.equal(await page.isVisible('#why'), false);
});

inBrowser('calls as an anonymous user, as a user of Clerk, and for an app', DESK, '#hello', async (page, says) => {
  await page.selectOption('#who', 'anonymous');
  await signIn(page);
  assert.match(await page.textContent('#user'), /^Anonymous, uid /);
  await page.click('#leave');
  await page.selectOption('#who', 'clerk');
  await page.fill('#clerk-token', 'a session');
  await page.fill('#claims', '{"role":"member"}');
  await signIn(page);
  assert.equal(await page.textContent('#user'), 'Clerk user, uid user_clerk');
  await page.check('#app-check');
  assert.match(await page.textContent('#app-check-truth'), /Google's keys in a local run, too/);
  await page.fill('#app-check-token', 'app');
  await page.click('#go');
  await says('OK (HTTP 200');
  assert.deepEqual(await answer(page), { signedIn: true, appCheck: true, body: { data: null } });
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  assert.doesNotMatch(stored, /eyJ/);

  await page.click('[data-name="receive"]');
  assert.deepEqual(await page.locator('#facts li').allTextContents(), ['Webhook: any body, no token of a user']);
  await page.fill('#data', '"any body"');
  await page.click('#go');
  await says('OK (HTTP 200');
  assert.deepEqual(await answer(page), { signedIn: false, appCheck: false, body: 'any body' });
});

inBrowser('keeps the calls, without tokens, and links to one', DESK, '#hello', async (page, says) => {
  await page.fill('#data', '{"n":1}');
  await page.click('#go');
  await says('OK (HTTP 200');
  await page.click('[data-name="exchangeClerkToken"]');
  await page.fill('#data', '{"clerkToken":"a.secret.session"}');
  await page.click('#go');
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('#history li').length === 2);
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify(localStorage)), /session/);
  assert.match(await page.textContent('#history li:first-child'), /exchangeClerkToken.*data is not kept/s);
  await page.click('#history li:last-child button');
  await page.waitForFunction(() => document.getElementById('name').textContent === 'hello');
  assert.equal(await page.inputValue('#data'), '{"n":1}');

  await page.fill('#data', '{"text": "ä & #?"}');
  await page.click('#copy-link');
  await page.waitForSelector('text=Copied');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, `${url}/#hello?data=${encodeURIComponent('{"text":"ä & #?"}')}`);
  await page.goto('about:blank');
  await page.goto(link);
  await page.waitForFunction(() => document.getElementById('name').textContent === 'hello');
  assert.equal(await page.inputValue('#data'), '{"text":"ä & #?"}');
  await page.evaluate(() => { location.hash = '#exchangeClerkToken?data=5'; });
  await page.waitForFunction(() => document.getElementById('name').textContent === 'exchangeClerkToken');
  assert.equal(await page.inputValue('#data'), '5');
  await page.click('#forget');
  assert.equal(await page.locator('#history li').count(), 0);
});

inBrowser('shows lines for four languages', DESK, '#everyType', async (page) => {
  await page.waitForSelector('#form:visible');
  assert.match(await page.textContent('#lines'), /await callables\(functions\)\.everyType\.stream\(\{\n {2}text: '',/);
  for (const [name, line] of [['Swift', 'httpsCallable("everyType").call([\n  "text": ""'], ['Kotlin', 'call(mapOf(\n  "text" to ""'], ['Dart', "httpsCallable('everyType').call({\n  'text': ''"]]) {
    await page.click(`#tabs >> text=${name}`);
    const shown = await page.textContent('#lines');
    assert.ok(shown.includes(line), shown);
  }
  await page.click('#copy-lines');
  await page.waitForSelector('text=Copied');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^final result = await FirebaseFunctions/);
});

inBrowser('is used with the keyboard alone', DESK, '#hello', async (page, says) => {
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter');
  await page.keyboard.type('every');
  assert.deepEqual(await page.locator('#functions button').allTextContents(), ['everyTypestreams']);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#form:visible');
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.name), 'hello');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.getElementById('name').textContent === 'hello');
  await page.keyboard.press('Control+Enter');
  await says('OK (HTTP 200');
  const unnamed = await page.evaluate(() => [...document.querySelectorAll('input, select, textarea, button')]
    .filter((one) => one.checkVisibility() && !one.labels?.length && !one.ariaLabel && !one.textContent.trim()).map((one) => one.outerHTML));
  assert.deepEqual(unnamed, []);
});

inBrowser('shows new functions and changed types without a restart', DESK, '#everyType', async (page, says) => {
  await page.waitForSelector('#form:visible');
  await page.fill('[name="data[text]"]', 'kept');
  await page.fill('[name="data[letter]"]', 'x');
  await page.fill('[name="data[day]"]', '2026-02-28');
  await page.fill('[name="data[createdAt]"]', '2026-11-27T12:00:00Z');
  await page.fill('[name="data[small]"]', '7');
  await edit('functions/every-type/src/types.rs', (text) => text
    .replace('pub(crate) yes: bool', 'pub(crate) sure: bool').replace('pub(crate) small: u8', 'pub(crate) small: String'));
  await page.waitForSelector('[name="data[sure]"]', { timeout: 200_000 });
  assert.equal(await page.inputValue('[name="data[text]"]'), 'kept');
  assert.equal(await page.inputValue('[name="data[small]"]'), '');
  await page.click('#go');
  await says('OK (HTTP 200');
  const { text, small, sure } = await answer(page);
  assert.deepEqual({ text, small, sure }, { text: 'kept', small: '', sure: false });
  await add('later', ECHO);
  await page.click('[data-name="later"]', { timeout: 100_000 });
  await page.waitForFunction(() => document.getElementById('name').textContent === 'later');
});
