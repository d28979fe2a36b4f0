// A real OpenID provider for the sign-in tests: node oidc-provider.mjs PORT. By environment: DEVICE_TTL and AT_TTL in
// seconds, INTERVAL to name one, SLOW_DOWN_MS to answer slow_down to polls closer than that.
import http from 'node:http';
import { Provider, errors } from 'oidc-provider';

const port = Number(process.argv[2]);
const number = (name, fallback) => Number(process.env[name] ?? fallback);
const [interval, slow] = [number('INTERVAL', 0), number('SLOW_DOWN_MS', 0)];
const issuer = `http://127.0.0.1:${port}`;
const scopes = ['openid', 'offline_access', 'profile', 'email'];
const person = (sub) => ({ sub, name: `User ${sub}`, email: `${sub}@example.test`, email_verified: true });
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'wizard', client_name: 'Enrollment wizard', application_type: 'native',
      token_endpoint_auth_method: 'none', redirect_uris: [], response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'], scope: scopes.join(' '),
    },
    // A client whom the provider's policy forbids the device grant.
    {
      client_id: 'forbidden', token_endpoint_auth_method: 'none', application_type: 'native',
      redirect_uris: ['http://127.0.0.1/cb'], grant_types: ['authorization_code'], response_types: ['code'],
    },
  ],
  scopes,
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => person(id) }),
  features: { deviceFlow: { enabled: true }, revocation: { enabled: true }, introspection: { enabled: true } },
  ttl: {
    DeviceCode: number('DEVICE_TTL', 600), AccessToken: number('AT_TTL', 60), RefreshToken: 86400,
    Grant: 86400, Session: 86400, Interaction: 600, IdToken: 300,
  },
  rotateRefreshToken: true,
  cookies: { keys: ['test-only'] },
});
// The library sends neither interval nor slow_down: both are added as ordinary middleware.
const last = new Map();
provider.use(async (ctx, next) => {
  await next();
  const route = ctx.oidc?.route;
  if (route === 'device_authorization' && ctx.body?.device_code && interval) ctx.body.interval = interval;
  if (route === 'token' && slow && ctx.body?.error === 'authorization_pending') {
    const code = ctx.oidc.params.device_code;
    if (Date.now() - (last.get(code) ?? 0) < slow) ctx.body = { error: new errors.SlowDown().error };
    last.set(code, Date.now());
  }
});
http.createServer(provider.callback()).listen(port, '127.0.0.1', () => console.log(`ready ${issuer}`));
