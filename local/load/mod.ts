/** Imports a sales export through the product's public interfaces and reads back what the rules found. */
export { connectIntegration, type IntegrationClient, type Target } from "./client.ts";
export { connectRunning } from "./connect.ts";
export { InputError, InputErrors } from "./input_error.ts";
export { LoadError } from "./load_error.ts";
export { type LoadOptions, type LoadResult, loadSales } from "./load_sales.ts";
export { type QueueStatus, waitForQueue } from "./wait_for_queue.ts";
