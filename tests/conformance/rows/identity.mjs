// P11 to P15: ID tokens, App Check tokens, the instance id and policies.

import { denied, result, unauthenticated } from '../lib/expect.mjs';
import { attested, bearer, call, row } from '../lib/requests.mjs';
import { PLACEHOLDER } from '../lib/wire-values.mjs';

const nobody = { uid: null, claim: null, app: null, iid: null, streaming: false };
const who = (headers) => call('who', null, headers);
const is = (member) => result({ ...nobody, ...member });
const refused = (cases) => cases.map(([name, headers]) => [name, who(headers), unauthenticated]);

export default (keys) => {
  const { token, appToken, forged, project, number, now } = keys;
  const good = token();
  const [head, payload] = good.split('.');
  const app = `1:${number}:web:abc`;
  const refusedTokens = (cases) => refused(cases.map(([name, claims, header]) => [name, bearer(token(claims, header))]));
  const badAppTokens = [
    ['garbage', 'x'], ['the placeholder of the mobile SDKs', PLACEHOLDER], ['expired', appToken({ exp: now - 1 })],
    ['a text as the audience', appToken({ aud: `projects/${project}` })], ['of another project', appToken({ aud: ['projects/1', 'projects/other'] })],
    ['of another issuer', appToken({ iss: 'https://evil.example/1' })], ['without a subject', appToken({ sub: '' })],
    ['an unknown kid', appToken({}, { kid: 'other' })], ['an ID token', good], ['signed with another key', keys.forgedAppToken()],
  ];
  return [
    row('P11.none', 'Without a token there is no caller', [['no header', who(), is({})]]),
    row('P11.empty', 'An empty header is as none', [['Authorization', who({ authorization: '' }), is({})]]),
    row('P11.signed-in', 'A valid ID token is the caller, with its claims', [
      ['plain', who(bearer(good)), is({ uid: 'ada' })],
      ['a claim', who(bearer(token({ claim: 'x' }))), is({ uid: 'ada', claim: 'x' })],
      ['a subject of 128 characters', who(bearer(token({ sub: 'x'.repeat(128) }))), is({ uid: 'x'.repeat(128) })],
      ['a claim uid', who(bearer(token({ uid: 'admin' }))), is({ uid: 'ada' })],
    ], { needs: 'keys' }),
    row('P11.emulated', 'An unsigned token of the Auth emulator is the caller, in emulator mode', [['alg none', who(bearer(keys.unsigned)), is({ uid: 'ada' })]], { needs: 'unsigned' }),
    row('P11.scheme', 'The scheme Bearer counts in any case', ['bearer', 'BEARER'].map((scheme) => [scheme, who({ authorization: `${scheme} ${good}` }), is({ uid: 'ada' })]), { needs: 'keys' }),
    row('P11.header', 'Another form of the header is Unauthenticated', refused(['Bearer', 'Basic x', 'x', `Bearer  ${good}`, `Bearer:${good}`, `Bearer${good}`, `Beaver ${good}`, good].map((value) => [value.slice(0, 12), { authorization: value }]))),
    row('P11.garbage', 'What is not a token is Unauthenticated', refused([
      ['one part', bearer('x')], ['two parts', bearer(`${head}.${payload}`)], ['four parts', bearer(`${good}.x`)],
      ['cut', bearer(good.slice(0, -5))], ['10 KB', bearer('x'.repeat(10_000))], ['dots', bearer('..')], ['two tokens, joined', bearer(`${good}, Bearer ${good}`)],
    ])),
    row('P11.forged', 'A token that somebody without the key has made is Unauthenticated', refused(Object.entries(forged).map(([name, make]) => [name, bearer(make())])), { needs: 'keys' }),
    row('P11.expired', 'An expired token is Unauthenticated', refusedTokens([['a second ago', { exp: now - 1 }], ['a year ago', { exp: now - 31_536_000 }]]), { needs: 'keys' }),
    row('P11.project', 'A token of another project is Unauthenticated', refusedTokens([
      ['audience', { aud: 'other' }], ['list as audience', { aud: [project] }], ['issuer', { iss: 'https://securetoken.google.com/other' }],
    ]), { needs: 'keys' }),
    row('P11.kind', 'Another kind of token is Unauthenticated', refusedTokens([
      ['custom token', { aud: 'https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit' }],
      ['session cookie', { iss: `https://session.firebase.google.com/${project}` }],
    ]), { needs: 'keys' }),
    row('P11.subject', 'A token without a usable subject is Unauthenticated', refusedTokens([
      ['empty', { sub: '' }], ['missing', { sub: undefined }], ['a number', { sub: 5 }], ['129 characters', { sub: 'x'.repeat(129) }],
    ]), { needs: 'keys' }),
    row('P11.kid', 'A token without a known key id is Unauthenticated', refusedTokens([['none', {}, { kid: undefined }], ['unknown', {}, { kid: 'other' }]]), { needs: 'keys' }),
    row('P11.early', 'A token that is not valid yet is Unauthenticated', refusedTokens([['nbf', { nbf: now + 9999 }]]), { needs: 'keys' }),
    row('P11.unchecked', 'A token with crit or another typ, without exp or iat, or from the future is accepted', [
      ['crit', {}, { crit: ['b64'] }], ['no iat', { iat: undefined }], ['no exp', { exp: undefined }], ['iat in the future', { iat: now + 999 }],
      ['auth_time in the future', { auth_time: now + 999 }], ['typ', {}, { typ: 'at+jwt' }],
    ].map(([name, claims, header]) => [name, who(bearer(token(claims, header))), is({ uid: 'ada' })]), { needs: 'keys' }),
    row('P11.repeated', 'Of two Authorization headers, the first counts', [['twice', who({ authorization: [`Bearer ${good}`, `Bearer ${token({ sub: 'eve' })}`] }), is({ uid: 'ada' })]], { needs: 'keys' }),

    row('P13.valid', 'A valid App Check token is the app', [
      ['not enforced', who(attested(appToken())), is({ app })], ['enforced', call('enforced', null, attested(appToken())), is({ app })],
      ['with an ID token', call('enforced', null, { ...attested(appToken()), ...bearer(good) }), is({ app, uid: 'ada' })],
    ], { needs: 'keys' }),
    row('P13.lenient', 'Where App Check is not enforced, an invalid token is as none', badAppTokens.map(([name, value]) => [name, who(attested(value)), is({})]), { needs: 'keys' }),
    row('P13.missing', 'Where it is enforced, a call without a token is Unauthenticated', [['none', call('enforced', null), unauthenticated], ['empty', call('enforced', null, attested('')), unauthenticated]]),
    row('P13.invalid', 'Where it is enforced, an invalid token is Unauthenticated', badAppTokens.map(([name, value]) => [name, call('enforced', null, attested(value)), unauthenticated]), { needs: 'keys' }),
    row('P13.both', 'A bad ID token is Unauthenticated also with a good App Check token', [['enforced', call('enforced', null, { ...attested(appToken()), ...bearer('x') }), unauthenticated]]),
    row('P13.unchecked', 'An App Check token without iat, or whose issuer and audience disagree, is accepted', [
      ['issuer of another number', { iss: 'https://firebaseappcheck.googleapis.com/2' }], ['no iat', { iat: undefined }], ['audience without the number', { aud: [`projects/${project}`] }],
    ].map(([name, claims]) => [name, call('enforced', null, attested(appToken(claims))), is({ app })]), { needs: 'keys' }),

    row('P14.instance-id', 'The instance id is handed on; an empty one is as none', [
      ['given', who({ 'firebase-instance-id-token': 'iid' }), is({ iid: 'iid' })], ['empty', who({ 'firebase-instance-id-token': '' }), is({})],
    ]),
    row('P14.debug', 'Headers of debug modes make nobody a caller', [
      ['x-callable-context-auth', who({ 'x-callable-context-auth': '%7B%22uid%22%3A%22admin%22%7D' }), is({})], ['x-original-auth', who({ 'x-original-auth': `Bearer ${good}` }), is({})],
    ]),

    row('P15.refused', 'A policy that says no is Permission Denied', [['signed out', call('signedIn', null), denied]]),
    row('P15.passed', 'A policy that says yes lets the call through', [['signed in', call('signedIn', null, bearer(good)), is({ uid: 'ada' })]], { needs: 'keys' }),
  ];
};
