import { assertEquals } from "@std/assert";
import { formatFault, readRuleFile, sortFaults } from "../../../shared/rules_files/mod.ts";

const good = `rule_key: order-has-amount
entity_type: purchase
dimension: validity
message: This order has no amount.
condition:
  combinator: and
  rules:
    - field: amount
      operator: notNull
`;
const file = "purchase/order-has-amount.yaml";
const faultsOf = (text: string, name = file) => sortFaults(readRuleFile(name, text).faults).map(formatFault);

const faulty: readonly [what: string, text: string, faults: readonly string[]][] = [
  ["nothing", "", [`${file}:1:1: a rule's file is a list of fields, like rule_key: my-rule`]],
  ["a list", "- a\n- b\n", [`${file}:1:1: a rule's file is a list of fields, like rule_key: my-rule`]],
  ["unknown fields", good + "owner: me\nMessage: x\n", [
    `${file}:10:1: "owner" is not a field of a rule`,
    `${file}:11:1: "Message" is not a field of a rule`,
  ]],
  ["what is missing", "rule_key: order-has-amount\n", [
    `${file}:1:1: entity_type is missing`,
    `${file}:1:1: dimension is missing`,
    `${file}:1:1: message is missing`,
  ]],
  [
    "wrong types and values",
    good.replace("validity", "beauty") + "version: 1.5\nfix: x\nseverity: [high]\ndue_in: 7\n",
    [
      `${file}:3:12: dimension: Invalid option: expected one of "completeness"|"validity"|"consistency"|"uniqueness"|"timeliness"|"accuracy"|"integrity"`,
      `${file}:10:10: version: Invalid input: expected int, received number`,
      `${file}:11:6: fix: Invalid input: expected array, received string`,
      `${file}:12:1: severity: Invalid option: expected one of "critical"|"high"|"medium"|"low"`,
      `${file}:13:9: due_in: Invalid input: expected string, received number`,
    ],
  ],
  [
    "a key that stands twice, within a condition as well, beside other faults",
    good + "      field: x\nmessage: again\nowner: me\n",
    [
      `${file}:10:7: the key stands here twice`,
      `${file}:11:1: the key stands here twice`,
      `${file}:12:1: "owner" is not a field of a rule`,
    ],
  ],
  ["a list that does not end", good + "fix: [1, 2\n", [
    `${file}:11:1: Flow sequence in block collection must be sufficiently indented and end with a ]`,
  ]],
  ["a tab as indentation", good.replace("  combinator", "\tcombinator"), [
    `${file}:6:1: Tabs are not allowed as indentation`,
    `${file}:6:14: Nested mappings are not allowed in compact mappings`,
    `${file}:6:14: Implicit keys need to be on a single line`,
  ]],
  ["two documents", good + "---\n" + good, [
    `${file}:10:1: Source contains multiple documents; please use YAML.parseAllDocuments()`,
  ]],
  ["tags, anchors and aliases", good + "fix:\n  - &a !x {}\n  - *a\n", [
    `${file}:11:8: Unresolved tag: !x`,
    `${file}:11:11: a rule's file has no anchors: write it out`,
    `${file}:12:5: a rule's file has no aliases: write it out`,
  ]],
  [
    "numbers that JavaScript would round, or JSON does not have",
    good + "      value: [12345678901234567890, .inf, 0.1234567890123456, 100, 1e2]\n",
    [
      `${file}:10:15: 12345678901234567890 is not kept exactly as a number: write it as text, in quotes`,
      `${file}:10:37: .inf is not kept exactly as a number: write it as text, in quotes`,
      `${file}:10:43: 0.1234567890123456 is not kept exactly as a number: write it as text, in quotes`,
    ],
  ],
  ["keys that are no text", good + "      1: x\n      ? [a]\n      : y\n", [
    `${file}:10:7: a key is a plain text`,
    `${file}:11:9: a key is a plain text`,
  ]],
];

for (const [what, text, faults] of faulty) {
  Deno.test(`a file is refused with line and column: ${what}`, () => assertEquals(faultsOf(text), faults));
}

Deno.test("a file that multiplies itself is refused without being read out", () => {
  const levels = Array.from(
    { length: 40 },
    (_, n) => `l${n}: &l${n} [${n === 0 ? "x" : `*l${n - 1}, *l${n - 1}`}]`,
  );
  assertEquals(faultsOf(levels.join("\n")).some((fault) => fault.includes("has no aliases")), true);
});

Deno.test("a rule that lies in the file of another one is told where it belongs", () => {
  assertEquals(faultsOf(good, "purchase/order.yaml"), [
    `purchase/order.yaml:1:11: this rule belongs into the file ${file}`,
  ]);
  assertEquals(faultsOf(good + "org_id: Acme/..\n"), [
    `${file}:1:11: this rule belongs into the file purchase/order-has-amount@%41cme%2f%2e%2e.yaml`,
  ]);
});

Deno.test("a place that the database names by its pointer is found, and of what is absent the nearest", () => {
  const { placeOf } = readRuleFile(file, good);
  const places: [string, string][] = [
    ["/condition/rules/0/field", "8:14"],
    ["/condition/rules/0/value", "8:7"],
    ["/condition/rules/0", "8:7"],
    ["/condition", "5:1"],
    ["/message", "4:10"],
    ["/fix/0/step", "1:1"],
    ["", "1:1"],
  ];
  for (const [pointer, expected] of places) {
    const { line, column } = placeOf(pointer);
    assertEquals(`${line}:${column}`, expected, pointer);
  }
});
