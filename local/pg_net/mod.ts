/** Carries out what `net.http_post` and its siblings queue, as pg_net's background worker does. */
export { type NetWorker, type NetWorkerOptions, startNetWorker } from "./worker.ts";
