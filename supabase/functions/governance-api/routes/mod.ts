/** Every route of the API; a resource's routes are in the file of its name. @module */
import { openApiDocument } from "../http/openapi.ts";
import { type Route, route } from "../http/route.ts";
import { z } from "zod";
import { changeStepRoutes } from "./change_steps.ts";
import { changeRoutes } from "./changes.ts";
import { fixRoutes } from "./fixes.ts";
import { historyRoutes } from "./history.ts";
import { importFileRoutes } from "./import_files.ts";
import { importRowRoutes } from "./import_rows.ts";
import { importRoutes } from "./imports.ts";
import { ingestRoutes } from "./ingest.ts";
import { issueRoutes } from "./issues.ts";
import { keyRoutes } from "./keys.ts";
import { notificationRoutes } from "./notifications.ts";
import { policyRoutes } from "./policies.ts";
import { recordRoutes } from "./records.ts";
import { ruleFigureRoutes } from "./rule_figures.ts";
import { ruleOverrideRoutes } from "./rule_overrides.ts";
import { ruleStepRoutes } from "./rule_steps.ts";
import { ruleTrialRoutes } from "./rule_trials.ts";
import { ruleRoutes } from "./rules.ts";
import { sweepRoutes } from "./sweeps.ts";
import { undoRoutes } from "./undo.ts";
import { validateRoutes } from "./validate.ts";
import { waiverRoutes } from "./waivers.ts";
import { webhookRoutes } from "./webhooks.ts";

const resources: readonly Route[] = [
  ...issueRoutes,
  ...changeRoutes,
  ...changeStepRoutes,
  ...policyRoutes,
  ...notificationRoutes,
  ...fixRoutes,
  ...undoRoutes,
  ...historyRoutes,
  ...validateRoutes,
  ...recordRoutes,
  ...ingestRoutes,
  ...importRoutes,
  ...importFileRoutes,
  ...importRowRoutes,
  ...ruleTrialRoutes,
  ...ruleRoutes,
  ...ruleStepRoutes,
  ...ruleFigureRoutes,
  ...ruleOverrideRoutes,
  ...waiverRoutes,
  ...sweepRoutes,
  ...keyRoutes,
  ...webhookRoutes,
];

export const routes: readonly Route[] = [
  ...resources,
  route({
    method: "GET",
    path: "/openapi.json",
    name: "describe_api",
    summary: "This description, made of the schemas that check the requests.",
    tag: "description",
    audience: "anybody",
    answer: z.record(z.string(), z.unknown()),
    handle: () => Promise.resolve(openApiDocument(routes)),
  }),
];
