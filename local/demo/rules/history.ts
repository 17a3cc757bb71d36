import { z } from "zod";
import { loadSales } from "../../load/mod.ts";
import { StoryError } from "../read.ts";
import { act, chapter, found } from "../tell.ts";
import { type Cast, must, rows } from "./cast.ts";
import { catalogue, meant } from "./deals.ts";

const corrections = 5;
const dealSchema = z.object({ id: z.string(), name: z.string().nullable(), product_name: z.string() });

/** What there is before the hour begins: the export, imported, and a few deals that a person has corrected since. */
export async function makeHistory(cast: Cast, dir: string): Promise<void> {
  const { integration, steward, orgId } = cast;
  const { orgName } = steward.user;
  chapter("1. What has been written so far");
  act("an integration", `imports the sales export into ${orgName}`);
  const { error } = await integration.from("organizations")
    .update({ external_id: `sales-export:${orgName}` }).eq("id", orgId);
  if (error) throw new StoryError(`The organization could not be named: ${error.message}`);
  const { written, refused } = await loadSales(cast.stack, { dir, organization: orgName });
  for (const [table, count] of Object.entries(written)) found(`${table}: ${count}`);
  must(written["deals"]! > 0, "No deal was imported.");
  if (refused.length > 0) found(`refused: ${refused.length}`);

  const products = await catalogue(cast);
  const unlinked = await rows(
    "deals without a product",
    steward.client.from("deals").select("id,name,product_name").eq("org_id", orgId)
      .is("product_id", null).not("product_name", "is", null).order("id").limit(200),
    dealSchema,
  );
  let corrected = 0;
  for (const deal of unlinked) {
    const product = meant(products, deal.product_name);
    if (product === undefined) continue;
    const { error } = await steward.client.from("deals")
      .update({ product_id: product.id, product_name: product.name }).eq("id", deal.id);
    if (error) throw new StoryError(`${deal.name} could not be corrected: ${error.message}`);
    if (corrected === 0) {
      act(
        steward.user.email,
        `looks into deals that name no product of the catalogue: "${deal.product_name}" is "${product.name}"`,
      );
    }
    if (++corrected === corrections) break;
  }
  must(corrected > 0, "No deal names a product that can be told.");
  found(`deals that ${steward.user.email} has corrected: ${corrected}`);
}
