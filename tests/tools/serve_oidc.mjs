// An independent OpenID provider, with its own pages to sign in. Use: node serve_oidc.mjs PORT BASE
// where BASE is the address of the server whose people it vouches for. A line of JSON on standard
// input is a command; each is answered with a line, as is the start.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const [port, base] = process.argv.slice(2);
const people = new Map();
const asked = {};
const settings = { idTokenLasts: 600, keys: [await keyOf("first")] };

const commands = {
  // what the provider tells of somebody
  person: ({ sub, claims }) => people.set(sub, claims),
  // the keys of before are gone
  rotate: async ({ kid }) => {
    settings.keys = [await keyOf(kid)];
    provider = built();
  },
  id_token_lasts: ({ seconds }) => {
    settings.idTokenLasts = seconds;
    provider = built();
  },
  asked: () => asked,
};
let provider = built();
const server = createServer((request, response) => {
  const path = request.url.split("?")[0];
  asked[path] = (asked[path] ?? 0) + 1;
  provider.callback()(request, response);
});
server.listen(Number(port), "127.0.0.1", () => say({ did: "ready" }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const found = await commands[command.op](command);
  say({ did: command.op, found: command.op === "asked" ? found : null });
}
process.exit(0);

function built() {
  const client = (id, more) => ({
    client_id: id,
    client_secret: `secret of ${id}, which is long enough`,
    redirect_uris: [`${base}/oidc/callback`],
    post_logout_redirect_uris: [`${base}/oidc/signed-out`],
    ...more,
  });
  const made = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      client("boucle", {
        backchannel_logout_uri: `${base}/oidc/backchannel-logout`,
        backchannel_logout_session_required: true,
      }),
      client("other", {}),
      // as ProConnect has it: claims as a signed token, the secret in the form
      client("signed", {
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "ES256",
        userinfo_signed_response_alg: "ES256",
      }),
    ],
    claims: {
      openid: ["sub", "sid"],
      email: ["email"],
      profile: ["name"],
      given_name: ["given_name"],
      usual_name: ["usual_name"],
    },
    scopes: ["openid", "email", "profile", "given_name", "usual_name"],
    cookies: { keys: ["cookies of the tests"] },
    features: {
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: true },
      jwtUserinfo: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    // by itself it tells nobody on this machine, where the tests are
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...people.get(sub), sub }) }),
    jwks: { keys: settings.keys.flat() },
    ttl: { IdToken: () => settings.idTokenLasts, Session: 3600, Grant: 3600, Interaction: 600, AccessToken: 600 },
  });
  made.on("backchannel.error", (_, error) => console.error(String(error)));
  made.on("server_error", (_, error) => console.error(error));
  return made;
}

async function keyOf(kid) {
  const made = [];
  for (const alg of ["RS256", "ES256"]) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    made.push({ ...(await exportJWK(privateKey)), alg, kid: `${kid}-${alg}`, use: "sig" });
  }
  return made;
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
