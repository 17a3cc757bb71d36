import { assertEquals } from "@std/assert";
import { createWorld } from "../support/mod.ts";
import { chance, live, plant } from "./simulation.ts";

const seeds = (Deno.env.get("RETIREMENT_SEEDS") ?? "1 2").split(" ").map(Number);

for (const seed of seeds) {
  Deno.test(`of thirty planted rules, decided on by people who err, all the bad are proposed and none of the good, seed ${seed}`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    const random = chance(20261126 * seed);
    const planted = plant(random);
    await live(world, planted, random);
    await sql`select governance_private.review_rules()`;
    const proposed = await sql`
      select discriminator, rule_key from governance.data_quality_issues
      where rule_key like 'system-rule-%' and org_id = 'acme' and status = 'open' order by 1`;
    const bad = planted.filter(({ fate }) => fate !== "stays");
    assertEquals(
      proposed.map(({ discriminator, rule_key }) => `${discriminator} ${rule_key}`),
      bad.map(({ key, fate }) => `${key} system-rule-${fate}`).sort(),
    );
    // Proposed, and nothing more.
    const changed =
      await sql`select rule_key from governance.data_quality_rules where org_id = 'acme' and status <> 'active'`;
    assertEquals([...changed], []);
  });
}
