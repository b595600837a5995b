// `cargo callable run` in this repository, and its page: Chromium presses every button and reads the texts that a developer would read. Screenshots
// are saved in .tools/screenshots.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { startLocal } from '../lib/local.mjs';
import { root, stopAll } from '../lib/process.mjs';
import { skip, startChromium } from './lib/chromium.mjs';

const screenshots = path.join(root, '.tools/screenshots');
const preflights = [];
const logged = [];
let run;
let browser;
let page;
let url;

before(async () => {
  if (skip) return;
  run = await startLocal();
  url = run.page;
  browser = await startChromium({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = browser.page;
  page.on('console', (message) => logged.push({ type: message.type(), text: message.text() }));
  // The browser sends preflights automatically; only the protocol of its developer tools reports them.
  const tools = await browser.context.newCDPSession(page);
  await tools.send('Network.enable');
  tools.on('Network.requestWillBeSent', ({ request }) => {
    if (request.method === 'OPTIONS') preflights.push(request.url);
  });
  await page.goto(url);
  await page.getByRole('button', { name: 'Anonymously' }).waitFor();
  await mkdir(screenshots, { recursive: true });
}, { timeout: 1_300_000 });

after(async () => {
  await browser?.stop();
  await stopAll();
});

/** Presses a button, and resolves with the new card when the card is closed. */
async function press(name, button) {
  const before = await page.locator('.card').count();
  await page.getByRole('button', { name: button, exact: true }).click();
  const card = page.locator('.card').first();
  await page.waitForFunction((count) => document.querySelectorAll('.card').length > count, before);
  await page.waitForFunction(() => document.querySelector('.card').dataset.closed !== undefined, undefined, { timeout: 60_000 });
  assert.equal(await card.getAttribute('data-name'), name);
  return card;
}
const outcome = (card) => card.locator('.outcome').textContent();
const rows = async (card) => Object.fromEntries(await card.locator('dl div').evaluateAll(
  (pairs) => pairs.map((pair) => [pair.querySelector('dt').textContent, pair.querySelector('dd').textContent]),
));
const uid = () => page.locator('[data-uid]').textContent();
const provider = () => page.locator('[data-provider]').textContent();

test('a call while signed out shows that the sign-in is missing', { skip }, async () => {
  const card = await press('call', 'Call');
  assert.equal(await outcome(card), 'functions/unauthenticated');
  assert.match((await rows(card)).Message, /^The function must be called while authenticated/);
  assert.match((await rows(card)).Time, /^\d+ ms$/);
  assert.notEqual(await card.locator('.why').textContent(), '');
});

test('the page shows the user who signed in with e-mail, anonymously or with Clerk, and the function sees the same user', { skip }, async () => {
  const ways = [
    ['email', 'With e-mail', /^yes, password$/, /^\w{20,}$/],
    ['anonymous', 'Anonymously', /^yes, anonymous$/, /^\w{20,}$/],
    ['clerk', 'With Clerk', /^yes, custom$/, /^user_demo$/],
  ];
  for (const [name, button, sign, id] of ways) {
    await press(name, button);
    await page.waitForFunction((pattern) => new RegExp(pattern).test(document.querySelector('[data-provider]').textContent), sign.source);
    assert.match(await uid(), id);
    const card = await press('call', 'Call');
    assert.equal(await outcome(card), `Authenticated message 'some message' from user ${await uid()}.`);
  }
  await press('email', 'With e-mail'); // the account exists now: this signs in
});

test('the words of a stream arrive one after the other', { skip }, async () => {
  const card = await press('stream', 'Stream');
  const words = await card.locator('.words span').evaluateAll((spans) => spans.map((span) => [span.textContent.trim(), Number(span.dataset.at)]));
  const message = `Authenticated message 'some message' from user ${await uid()}.`;
  assert.equal(words.map(([word]) => word).join(' '), message);
  assert.equal(await outcome(card), message);
  assert.ok(new Set(words.map(([, at]) => at)).size >= 3, JSON.stringify(words));
});

test('each failure is shown with code, message and an explanation', { skip }, async () => {
  const failures = [
    ['signedOut', 'Signed out', 'functions/unauthenticated', /^The function must be called/],
    ['forged', 'With a forged token', 'functions/unauthenticated', /^Unauthenticated/],
    ['unknown', 'To an unknown name', 'functions/not-found', /./],
    ['failing', 'With data that it refuses', 'functions/invalid-argument', /./],
  ];
  for (const [name, button, code, message] of failures) {
    const card = await press(name, button);
    assert.equal(await outcome(card), code, name);
    assert.match((await rows(card)).Message, message, name);
    assert.match(await card.locator('.why').textContent(), /\w+\./, name);
    if (name === 'failing') assert.match((await rows(card)).Details, /"field":"data\.text"/);
  }
  assert.equal(await provider(), 'yes, password', 'failures sign nobody out');
});

test('the lines of a call can be copied, and are those of the source', { skip }, async () => {
  const card = page.locator('.card').first();
  await card.locator('summary').click();
  await card.getByRole('button', { name: 'Copy' }).click();
  await card.getByRole('button', { name: 'Copied' }).waitFor();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(lines, /^import \{ httpsCallable \} from 'firebase\/functions';\n/);
  assert.match(lines, /httpsCallable\(functions, 'returnAuthenticatedMessage'\)\(\{ text: 5 \}\);/);
  assert.equal(await card.locator('pre').textContent(), lines);
});

test('the functions are on another origin: preflights came before the calls', { skip }, () => {
  const api = run.url;
  assert.notEqual(new URL(url).origin, api);
  assert.ok(preflights.some((asked) => asked.startsWith(api)), JSON.stringify(preflights));
});

test('the page can be read in light and dark, on a desktop and on a phone', { skip }, async () => {
  for (const [scheme, width] of [['light', 1100], ['dark', 1100], ['light', 390]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: path.join(screenshots, `demo-${scheme}-${width}.png`), fullPage: true });
    const [inner, scroll] = await page.evaluate(() => [window.innerWidth, document.documentElement.scrollWidth]);
    assert.ok(scroll <= inner, `${width}: ${scroll} px wide`);
  }
});

test('every control has a name, and can be reached by keyboard', { skip }, async () => {
  await page.locator('body').click({ position: { x: 1, y: 1 } });
  const reached = new Set();
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const { activeElement: element } = document;
      return element.labels?.[0]?.textContent.trim() || element.textContent.trim().slice(0, 40) || element.tagName;
    });
    reached.add(name);
  }
  for (const name of ['E-mail', 'Password', 'With e-mail', 'Anonymously', 'With Clerk', 'Sign out', 'Text', 'Call', 'Stream', 'Signed out']) {
    assert.ok(reached.has(name), `${name} in ${[...reached].join(', ')}`);
  }
});

test('the page had no error, and sent requests only to this machine', { skip }, () => {
  assert.deepEqual(browser.problems, []);
  // A browser logs every answer with an error status as a network error; these statuses are expected here.
  const errors = logged.filter(({ type, text }) => type === 'error' && !/status of (400|401|404)/.test(text));
  assert.deepEqual(errors, []);
});
