import { connectIntegration, type IntegrationClient, waitForQueue } from "../load/mod.ts";
import type { Stack } from "../stack.ts";
import { type Person, signIn } from "./people.ts";
import { dataOf, readUntil, StoryError } from "./read.ts";
import { act, chapter, detail, fieldsOf, found, refused } from "./tell.ts";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

interface Fix {
  readonly id: string;
  readonly rule_key: string;
  readonly patch: readonly Operation[];
  readonly reverted_at: string | null;
}

interface Issue {
  readonly id: string;
  readonly rule_key: string;
  readonly severity: string;
  readonly message: string;
  readonly status: string;
  readonly resolution: string | null;
  readonly due_date: string | null;
  readonly suggested_fix: readonly Operation[] | null;
}

/** Who takes part. */
interface Cast {
  readonly integration: IntegrationClient;
  readonly rep: Person;
  readonly steward: Person;
}

const nameFields = ["first_name", "last_name", "company", "email", "phone"];

/**
 * Tells what the product does, through its public interfaces alone. Whatever is said to be so has been read back from it.
 *
 * @throws {StoryError} where something is not so.
 */
export async function tellStory(stack: Stack): Promise<void> {
  const cast: Cast = {
    integration: connectIntegration(stack),
    rep: await signIn(stack, "member"),
    steward: await signIn(stack, "steward"),
  };
  await blockedWrite(cast);
  const leadId = await messyLead(cast);
  await issueThatCloses(cast);
  await undo(cast, leadId);
}

/** A record that says nothing is not let in. */
async function blockedWrite({ rep }: Cast): Promise<void> {
  chapter("1. What makes no sense is not let in");
  const lead = { org_id: rep.user.orgId, source: "web form", country: "United States" };
  act(rep.user.email, `saves a lead: ${fieldsOf(lead, ["source", "country"])}`);
  const { error, status } = await rep.client.from("leads").insert(lead);
  if (!error) throw new StoryError("The empty lead was saved.");
  if (status !== 422) throw new StoryError(`The empty lead was refused for another reason: ${error.message}`);
  refused(`HTTP ${status}: ${error.message}`);
  const { violations } = JSON.parse(error.details) as {
    violations: { rule_key: string; severity: string; fields: string[] }[];
  };
  for (const { rule_key, severity, fields } of violations) {
    detail(`${rule_key} (${severity}) read ${fields.join(", ")}`);
  }
  detail(error.hint);
  const leads = dataOf("leads", await rep.client.from("leads").select("id").eq("org_id", rep.user.orgId));
  found(`leads of ${rep.user.orgName}: ${leads.length}`);
}

/** A record that anybody can read, but not find or call, comes out clean. */
async function messyLead({ rep }: Cast): Promise<string> {
  chapter("2. What is only written badly is corrected");
  const messy = {
    org_id: rep.user.orgId,
    first_name: "  maria ",
    last_name: "GONZALEZ",
    company: "Sunrise   Packaging",
    email: " Maria.Gonzalez@Sunrise.Example.COM",
    phone: "(305) 555-0147",
    owner_user_id: rep.user.id,
  };
  act(rep.user.email, `saves a lead: ${fieldsOf(messy, nameFields)}`);
  const [saved] = dataOf("save the lead", await rep.client.from("leads").insert(messy).select());
  const id = saved!["id"] as string;
  const isClean = (lead: Record<string, unknown>) =>
    lead["phone"] === "+13055550147" && lead["first_name"] === "Maria";
  const clean = await readUntil(
    "the lead",
    () =>
      rep.client.from("leads").select(nameFields.join(",")).eq("id", id).single<Record<string, unknown>>(),
    isClean,
  );
  found(`the lead now: ${fieldsOf(clean, nameFields)}`);
  for (const { rule_key, patch } of await fixesOf(rep, id)) {
    const changes = patch.filter(({ op }) => op === "replace").map(({ path, value }) =>
      `${path.slice(1)} ${JSON.stringify(value)}`
    );
    detail(`${rule_key}: ${changes.join(", ")}`);
  }
  return id;
}

/** What only a person can decide becomes work, and closes when it is done. */
async function issueThatCloses({ integration, rep, steward }: Cast): Promise<void> {
  chapter("3. What a person must decide becomes an issue");
  const org_id = rep.user.orgId;
  act("an integration", `puts products into the catalogue of ${rep.user.orgName}`);
  const products = ["Pallet Lift", "Pallet Lift Pro", "Dock Crane 40"].map((name) => ({ org_id, name }));
  const catalogue = dataOf("products", await integration.from("products").insert(products).select("name"));
  found(`in the catalogue: ${catalogue.map(({ name }) => `"${name}"`).join(", ")}`);

  const deal = {
    org_id,
    name: "Lifts for Northgate",
    product_name: "PalletLift Pro",
    amount: "56250.00",
    status: "won",
    owner_user_id: rep.user.id,
  };
  act(rep.user.email, `saves a deal: ${fieldsOf(deal, ["name", "product_name", "amount", "status"])}`);
  const [saved] = dataOf("save the deal", await rep.client.from("deals").insert(deal).select("id"));
  const id = saved!.id as string;
  const opened = await readUntil("the issues", () => issuesOf(rep, id), (issues) => issues.length === 3);
  for (const issue of opened) {
    found(`issue ${issue.status}, ${issue.severity}, due ${issue.due_date?.slice(0, 10)}: ${issue.message}`);
    const suggestion = issue.suggested_fix?.find(({ op }) => op === "replace");
    if (suggestion) detail(`suggested: ${suggestion.path.slice(1)} ${JSON.stringify(suggestion.value)}`);
  }

  const near = opened.find(({ suggested_fix }) => suggested_fix !== null);
  if (!near) throw new StoryError("No issue has a suggested fix.");
  act(rep.user.email, "accepts the suggestion");
  dataOf(
    "apply the suggestion",
    await rep.client.schema("governance").rpc("apply_suggested_fix", { p_issue_id: near.id }),
  );
  const named = dataOf(
    "the deal",
    await rep.client.from("deals").select("product_name").eq("id", id).single(),
  );
  found(`the deal now: ${fieldsOf(named, ["product_name"])}`);
  await tellIssue(rep, near.id);

  act(steward.user.email, "writes down who bought, and when");
  const { error } = await steward.client.from("deals")
    .update({ account_name: "Northgate Marine", closed_on: "2026-11-20" }).eq("id", id);
  if (error) throw new StoryError(`The deal could not be changed: ${error.message}`);
  await readUntil(
    "the issues",
    () => issuesOf(rep, id),
    (issues) => issues.every(({ status }) => status !== "open"),
  );
  for (const { id: issueId } of opened) if (issueId !== near.id) await tellIssue(rep, issueId);
}

/** Nothing that the product writes is final. */
async function undo({ integration, steward }: Cast, leadId: string): Promise<void> {
  chapter("4. Every correction can be taken back");
  const fix = (await fixesOf(steward, leadId)).find(({ rule_key }) => rule_key === "lead-phone-is-e164");
  if (!fix) throw new StoryError("The phone number was not corrected.");
  act(steward.user.email, `undoes the correction by ${fix.rule_key}`);
  dataOf("undo", await steward.client.schema("governance").rpc("undo_fix", { p_fix_id: fix.id }));
  await waitForQueue(integration);
  const lead = dataOf(
    "the lead",
    await steward.client.from("leads").select("first_name,phone").eq("id", leadId).single(),
  );
  found(`the lead, evaluated again: ${fieldsOf(lead, ["first_name", "phone"])}`);
  for (const { rule_key, reverted_at } of await fixesOf(steward, leadId)) {
    detail(`${rule_key}: ${reverted_at === null ? "applied" : "undone, and not applied again"}`);
  }

  const events = dataOf(
    "audit",
    await steward.client.schema("governance").from("audit_events")
      .select("operation,actor,db_role,source,cause_kind,after").eq("record_key", leadId).order("id"),
  ) as {
    operation: string;
    actor: string | null;
    db_role: string;
    cause_kind: string | null;
    after: object | null;
  }[];
  found("the audit of this lead:");
  for (const { operation, actor, db_role, cause_kind, after } of events) {
    const who = actor === steward.user.id ? steward.user.email : actor === null ? "the product" : "the rep";
    const what = operation === "insert" ? "the whole record" : Object.keys(after ?? {}).join(", ");
    detail(
      `${operation.padEnd(6)} by ${who} as ${db_role}${cause_kind ? ` (${cause_kind})` : ""}: ${what}`,
    );
  }
}

async function fixesOf({ client }: Person, recordKey: string): Promise<Fix[]> {
  const answer = await client.schema("governance").from("fixes")
    .select("id,rule_key,patch,reverted_at").eq("record_key", recordKey).order("applied_at").order(
      "rule_key",
    );
  return dataOf("fixes", answer) as Fix[];
}

function issuesOf(
  { client }: Person,
  recordKey: string,
): PromiseLike<{ data: Issue[] | null; error: { message: string } | null }> {
  return client.schema("governance").from("data_quality_issues")
    .select("id,rule_key,severity,message,status,resolution,due_date,suggested_fix").eq(
      "record_key",
      recordKey,
    )
    .order("rule_key");
}

async function tellIssue({ client }: Person, id: string): Promise<void> {
  const issue = dataOf(
    "the issue",
    await client.schema("governance").from("data_quality_issues").select("rule_key,status,resolution").eq(
      "id",
      id,
    ).single<Issue>(),
  );
  found(`issue ${issue.rule_key}: ${issue.status}, ${issue.resolution}`);
}
