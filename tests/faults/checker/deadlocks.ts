/** A deadlock as the log of Postgres tells it. */
interface Deadlock {
  /** What waited for what, with the statements. */
  readonly detail: string;
  /** Where the one that was ended stood: the tuple it waited for, and the functions around it. */
  readonly context: string;
}

/**
 * Deadlocks that are the product's doing: writers may deadlock over their own tables, as they could without it; a statement
 * of the product, or one of its tables, must be no part of it.
 */
export function checkDeadlocks(log: string, database: string): string[] {
  return readDeadlocks(log, database).filter((one) => !isOfWriters(one)).map(({ detail, context }) =>
    `a deadlock of ours: ${detail.slice(0, 1200)}\n    ${context.slice(0, 600)}`
  );
}

function isOfWriters({ detail, context }: Deadlock): boolean {
  return !/\bgovernance(_private)?\./.test(detail) && / in relation "(customers|orders)"/.test(context);
}

function readDeadlocks(log: string, database: string): Deadlock[] {
  const entries = log.split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC \[)/m);
  return entries.flatMap((entry, index) => {
    if (!entry.includes(`@${database} ERROR:  deadlock detected`)) return [];
    const process = /\[\d+\]/.exec(entry)![0];
    const rest = entries.slice(index + 1, index + 40).filter((each) => each.includes(process));
    const part = (name: string) =>
      rest.find((each) => each.includes(` ${name}:  `))?.split(` ${name}:  `)[1]?.trim();
    return [{ detail: part("DETAIL") ?? "", context: part("CONTEXT") ?? "" }];
  });
}
