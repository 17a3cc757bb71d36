import { z } from "zod";
import type { Person } from "../people.ts";
import { StoryError } from "../read.ts";
import { type Cast, rows } from "./cast.ts";

const productSchema = z.object({ id: z.string(), name: z.string() });
/** A product of the catalogue. */
export type Product = z.output<typeof productSchema>;

/** The catalogue of the organization. */
export function catalogue({ admin, orgId }: Cast): Promise<Product[]> {
  return rows(
    "products",
    admin.client.from("products").select("id,name").eq("org_id", orgId).order("name"),
    productSchema,
  );
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The one product that a name can mean. */
export function meant(products: readonly Product[], name: string): Product | undefined {
  const found = products.filter((product) => plain(product.name) === plain(name));
  return found.length === 1 ? found[0] : undefined;
}

/** A deal as a person enters it. Without `isLinked` the product is only a name. */
export function newDeal(cast: Cast, name: string, product: Product, isLinked = true) {
  return {
    id: crypto.randomUUID(),
    org_id: cast.orgId,
    name,
    account_name: "Northgate Marine",
    product_name: product.name,
    product_id: isLinked ? product.id : null,
    status: "open",
    owner_user_id: cast.rep.user.id,
  };
}

/** Saves deals as somebody, in one request. */
export async function saveDeals({ client, user }: Person, deals: readonly object[]): Promise<void> {
  const { error } = await client.from("deals").insert(deals as never);
  if (error) throw new StoryError(`${user.email} could not save deals: ${error.message}`);
}

/** Tries to save a deal that is to be refused; returns what the product says. */
export async function saveRefused({ client }: Person, deal: object) {
  const { error, status } = await client.from("deals").insert(deal as never);
  if (!error) throw new StoryError("The deal was saved, although a block rule is violated.");
  if (status !== 422) throw new StoryError(`The deal was refused for another reason: ${error.message}`);
  return { status, message: error.message };
}
