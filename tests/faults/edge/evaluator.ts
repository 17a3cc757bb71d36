/** A process that is the real `evaluate` and nothing else, so that it can be killed. Its first line says its port. @module */
import evaluate from "../../../supabase/functions/evaluate/index.ts";

Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ port })}\n`)),
}, evaluate.fetch);
