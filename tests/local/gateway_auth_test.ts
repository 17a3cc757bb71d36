import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import { notesTable, startTrial, type Trial } from "./gateway_trial.ts";

async function accessToken(client: Awaited<ReturnType<Trial["user"]>>): Promise<string> {
  const { data } = await client.auth.getSession();
  return data.session!.access_token;
}

Deno.test("a user who signs up gets an ES256 token whose key the project publishes", async () => {
  await using trial = await startTrial();
  const user = await trial.user("ada@example.com");
  const token = await accessToken(user);
  const { alg, kid } = decodeProtectedHeader(token);
  assertEquals(alg, "ES256");
  const published = await (await trial.fetch("/auth/v1/.well-known/jwks.json")).json();
  assertEquals(published.keys.map((key: { kid: string }) => key.kid), [kid]);
  assertEquals(published.keys[0].d, undefined, "the private part stays private");
  const claims = decodeJwt(token);
  assertEquals(claims.iss, `${trial.gateway.url}/auth/v1`);
  assertEquals(claims["role"], "authenticated");
  assertEquals(claims["email"], "ada@example.com");
  assertEquals((claims["app_metadata"] as { provider: string }).provider, "email");
  const verified = await user.auth.getClaims();
  assertEquals(verified.error, null);
});

Deno.test("signing in, refreshing and signing out work with supabase-js", async () => {
  await using trial = await startTrial();
  await trial.user("ada@example.com");
  const client = trial.client();
  const wrong = await client.auth.signInWithPassword({ email: "ada@example.com", password: "wrong horse" });
  assertEquals(wrong.error?.code, "invalid_credentials");
  const signedIn = await client.auth.signInWithPassword({
    email: "ada@example.com",
    password: "correct horse",
  });
  assertEquals(signedIn.error, null);
  const before = signedIn.data.session!;
  const refreshed = await client.auth.refreshSession();
  assertEquals(refreshed.error, null);
  assertNotEquals(refreshed.data.session!.refresh_token, before.refresh_token);
  assertEquals(decodeProtectedHeader(refreshed.data.session!.access_token).alg, "ES256");
  const who = await client.auth.getUser();
  assertEquals(who.data.user?.email, "ada@example.com");
  assertEquals((await client.auth.signOut()).error, null);
});

Deno.test("forged, expired and foreign tokens are refused everywhere", async () => {
  await using trial = await startTrial();
  await trial.migrate(notesTable);
  const genuine = await accessToken(await trial.user());
  const claims = decodeJwt(genuine);
  const own = await importJWK(trial.jwtKeys.privateJwk, "ES256");
  const { privateKey: foreign, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const header = { alg: "ES256", kid: trial.jwtKeys.privateJwk.kid };
  const unsigned = `${btoa(JSON.stringify({ alg: "none" }))}.${genuine.split(".")[1]}.`;
  const secret = new TextEncoder().encode(trial.jwtKeys.internalSecret);
  const publicPem = new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey)));
  const sign = (alg: string, key: Parameters<SignJWT["sign"]>[0], extra = {}) =>
    new SignJWT(claims).setProtectedHeader({ ...header, alg, ...extra }).sign(key);
  const tokens: Record<string, string> = {
    expired: await new SignJWT({ ...claims, exp: 1_700_000_000 }).setProtectedHeader(header).sign(own),
    "signed with a foreign key": await sign("ES256", foreign),
    "of an unknown key": await sign("ES256", foreign, { kid: "unknown" }),
    unsigned,
    "HS256 with the public key": await sign("HS256", publicPem),
    "HS256 with the secret behind the gateway": await sign("HS256", secret),
    tampered: genuine.replace(/\.[^.]+\./, `.${btoa(JSON.stringify({ ...claims, role: "service_role" }))}.`),
    garbage: "not-a-token",
  };
  const statuses: Record<string, readonly number[]> = {};
  for (const [name, token] of Object.entries(tokens)) {
    const init = { key: "publishable", headers: { authorization: `Bearer ${token}` } } as const;
    const answers = await Promise.all(
      ["/rest/v1/notes", "/auth/v1/user", "/functions/v1/guarded"].map((path) => trial.fetch(path, init)),
    );
    statuses[name] = await Promise.all(answers.map(async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    }));
  }
  // GoTrue answers 403 where the others answer 401.
  assertEquals(statuses, Object.fromEntries(Object.keys(tokens).map((name) => [name, [401, 403, 401]])));
  const right = await trial.fetch("/rest/v1/notes", {
    key: "publishable",
    headers: { authorization: `Bearer ${genuine}` },
  });
  assertEquals([right.status, await right.json()], [200, []]);
});

Deno.test("REST and Auth ask for an API key, and a key is no token", async () => {
  await using trial = await startTrial();
  await trial.migrate(notesTable);
  const token = await accessToken(await trial.user());
  const status = async (headers: Record<string, string>) => {
    const response = await trial.fetch("/rest/v1/notes", { headers });
    await response.body?.cancel();
    return response.status;
  };
  const secret = trial.keys.secret["default"]!;
  const publishable = trial.keys.publishable["default"]!;
  assertEquals(await status({}), 401, "no key");
  assertEquals(await status({ apikey: "sb_secret_guessed" }), 401, "a wrong key");
  assertEquals(await status({ authorization: `Bearer ${token}` }), 401, "a token without a key");
  assertEquals(await status({ authorization: `Bearer ${secret}` }), 401, "a key in the wrong header");
  assertEquals(await status({ apikey: publishable, authorization: `Bearer ${secret}` }), 401, "two keys");
  assertEquals(await status({ apikey: secret }), 200);
  assertEquals(
    await status({ apikey: secret, authorization: `Bearer ${secret}` }),
    200,
    "as supabase-js sends it",
  );
  assertEquals(await status({ apikey: publishable, authorization: `Bearer ${token}` }), 200);
});

Deno.test("anon, authenticated and service_role see what row level security shows them", async () => {
  await using trial = await startTrial();
  await trial.migrate(notesTable);
  const [ada, bob] = [await trial.user(), await trial.user()];
  assertEquals((await ada.from("notes").insert({ body: "Ada's" })).error, null);
  assertEquals((await bob.from("notes").insert({ body: "Bob's" })).error, null);
  const bodies = async (client: typeof ada) => (await client.from("notes").select("body").order("id")).data;
  assertEquals(await bodies(ada), [{ body: "Ada's" }]);
  assertEquals(await bodies(bob), [{ body: "Bob's" }]);
  assertEquals(await bodies(trial.service()), [{ body: "Ada's" }, { body: "Bob's" }]);
  const { error, status } = await trial.client().from("notes").select();
  assertEquals([status, error?.code], [401, "42501"]);
  const stolen = await bob.from("notes").insert({
    body: "x",
    owner: (await ada.auth.getUser()).data.user!.id,
  });
  assertEquals([stolen.status, stolen.error?.code], [403, "42501"]);
  assert((await bob.from("notes").update({ body: "gone" }).eq("body", "Ada's").select()).data?.length === 0);
});
