import {
  ColumnNode,
  ColumnUpdateNode,
  InsertQueryNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  type RawBuilder,
  RawNode,
  type RootOperationNode,
  sql,
  TableNode,
  UpdateQueryNode,
  ValueNode,
  ValuesNode,
} from "kysely";
import { type Columns, type ColumnType, tableKey } from "./columns.ts";

/** The JSON that a request wants to write, and where to. */
export interface JsonWrite {
  readonly text: string;
  readonly schema: string;
  /** Names of the columns that the JSON writes. */
  readonly sent: readonly string[];
  readonly columns: Columns;
  /** `Prefer: missing=default`. */
  readonly missingIsDefault: boolean;
}

/**
 * Writes as PostgREST does: the request's body goes to Postgres as one JSON parameter, and Postgres reads the values out
 * of it. So every digit and every type is Postgres's business, and a statement of any size needs one parameter, where
 * `@supabase/lite` needs one for each value and fails above 65,534.
 */
export class JsonWritePlugin implements KyselyPlugin {
  readonly #write: JsonWrite;

  constructor(write: JsonWrite) {
    this.#write = write;
  }

  transformQuery({ node }: { readonly node: RootOperationNode }): RootOperationNode {
    if (InsertQueryNode.is(node)) return this.#insert(node);
    if (UpdateQueryNode.is(node)) return this.#update(node);
    return node;
  }

  transformResult<T>({ result }: { readonly result: T }): Promise<T> {
    return Promise.resolve(result);
  }

  #insert(node: InsertQueryNode): InsertQueryNode {
    const types = this.#typesOf(node.into);
    if (!types || !node.values || !ValuesNode.is(node.values)) return node;
    // `@supabase/lite` adds columns whose default it thinks it knows; Postgres knows better.
    const { sent } = this.#write;
    const columns = (node.columns ?? []).filter(({ column }) => sent.includes(column.name));
    const used = columns.map(({ column }) => [column.name, types.get(column.name)] as const).filter(isKnown);
    if (used.length === 0 || used.length < columns.length) return node;

    const definitions = sql.join(used.map(([name, { type }]) => sql`${sql.id(name)} ${sql.raw(type)}`));
    const values = this.#write.missingIsDefault
      ? sql`select ${sql.join(used.map(valueOrDefault))}
        from json_array_elements(${this.#json("array")}) as given(record),
          json_to_record(given.record) as body(${definitions})`
      : sql`select ${sql.join(used.map(([name]) => sql.id("body", name)))}
        from json_to_recordset(${this.#json("array")}) as body(${definitions})`;
    return InsertQueryNode.cloneWith(node, { columns, values: values.toOperationNode() });
  }

  #update(node: UpdateQueryNode): UpdateQueryNode {
    const types = this.#typesOf(node.table);
    if (!types || !node.updates) return node;
    const updates = node.updates.map((update) => {
      if (!ColumnNode.is(update.column)) return update;
      const { name } = update.column.column;
      const type = types.get(name)?.type;
      if (type === undefined) return update;
      const value = sql`(select ${sql.id("body", name)}
        from json_to_record(${this.#json("object")}) as body(${sql.id(name)} ${sql.raw(type)}))`;
      return ColumnUpdateNode.create(update.column, value.toOperationNode());
    });
    return { ...node, updates };
  }

  #typesOf(table: OperationNode | undefined): ReadonlyMap<string, ColumnType> | undefined {
    if (!table || !TableNode.is(table)) return undefined;
    return this.#write.columns.get(tableKey(this.#write.schema, table.table.identifier.name));
  }

  #json(shape: "array" | "object"): RawBuilder<unknown> {
    const { text } = this.#write;
    const isArray = text.trimStart().startsWith("[");
    if (shape === "array") return sql`${isArray ? text : `[${text}]`}::text::json`;
    return isArray ? sql`(${text}::text::json -> 0)` : sql`${text}::text::json`;
  }
}

function isKnown(
  pair: readonly [string, ColumnType | undefined],
): pair is readonly [string, ColumnType] {
  return pair[1] !== undefined;
}

function valueOrDefault([name, { defaultExpression }]: readonly [string, ColumnType]): RawBuilder<unknown> {
  return sql`case when given.record -> ${sql.lit(name)} is null then ${sql.raw(defaultExpression)}
    else ${sql.id("body", name)} end`;
}

/**
 * Hands JSON arguments of functions over as text: the driver would take a parameter of type `jsonb` for a value and turn
 * the JSON that `@supabase/lite` has already written into a JSON string.
 */
export class JsonArgumentPlugin implements KyselyPlugin {
  readonly #transformer = new JsonArguments();

  transformQuery({ node }: { readonly node: RootOperationNode }): RootOperationNode {
    return this.#transformer.transformNode(node);
  }

  transformResult<T>({ result }: { readonly result: T }): Promise<T> {
    return Promise.resolve(result);
  }
}

class JsonArguments extends OperationNodeTransformer {
  protected override transformRaw(node: RawNode): RawNode {
    const { sqlFragments, parameters } = super.transformRaw(node);
    const fragments = sqlFragments.map((fragment, i) => {
      const [before, after] = [parameters[i - 1], parameters[i]];
      const isCast = fragment === "::" && before && ValueNode.is(before) && after && RawNode.is(after);
      return isCast && /^(pg_catalog\.)?jsonb?$/.test(after.sqlFragments[0] ?? "") ? "::text::" : fragment;
    });
    return RawNode.create(fragments, parameters);
  }
}
