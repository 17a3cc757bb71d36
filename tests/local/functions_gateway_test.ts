import { assertEquals } from "@std/assert";
import { startTrial } from "./gateway_trial.ts";

const notes = `
  create table public.gateway_notes (id bigint generated always as identity, owner uuid default auth.uid(), body text);
  alter table public.gateway_notes enable row level security;
  create policy own on public.gateway_notes for all to authenticated using (owner = (select auth.uid()));
  grant select, insert on public.gateway_notes to authenticated;
`;

Deno.test("@supabase/server accepts a signed-in user and reads with that user's rights", async () => {
  await using trial = await startTrial();
  await trial.migrate(notes);
  const [ada, bob] = [await trial.user(), await trial.user()];
  await ada.from("gateway_notes").insert({ body: "Ada's" });
  await bob.from("gateway_notes").insert({ body: "Bob's" });
  const { data, error } = await ada.functions.invoke("user-only");
  assertEquals(error, null);
  assertEquals(data, {
    id: (await ada.auth.getUser()).data.user!.id,
    role: "authenticated",
    data: [{ body: "Ada's" }],
    error: null,
  });
  await ada.auth.refreshSession();
  assertEquals((await ada.functions.invoke("user-only")).data.data, [{ body: "Ada's" }]);
});

Deno.test("a function for users lets in neither keys nor forged tokens", async () => {
  await using trial = await startTrial();
  const keyOnly = await trial.fetch("/functions/v1/user-only", { key: "secret", method: "POST" });
  assertEquals([keyOnly.status, (await keyOnly.json()).code], [401, "UNUSABLE_CREDENTIAL"]);
  const token = (await (await trial.user()).auth.getSession()).data.session!.access_token;
  const forged = await trial.fetch("/functions/v1/user-only", {
    key: "publishable",
    method: "POST",
    headers: { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` },
  });
  assertEquals([forged.status, forged.headers.get("sb-error-code")], [401, "UNAUTHORIZED_ASYMMETRIC_JWT"]);
  await forged.body?.cancel();
});
