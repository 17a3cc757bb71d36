import { parse } from "@std/toml";
import { z } from "zod";

const Config = z.object({
  project_id: z.string(),
  api: z.object({
    schemas: z.array(z.string()).min(1).default(["public"]),
    extra_search_path: z.array(z.string()).default(["public", "extensions"]),
    max_rows: z.number().int().positive().default(1000),
  }).default({ schemas: ["public"], extra_search_path: ["public", "extensions"], max_rows: 1000 }),
  auth: z.object({
    site_url: z.string().default("http://127.0.0.1:3000"),
    additional_redirect_urls: z.array(z.string()).default([]),
    jwt_expiry: z.number().int().positive().default(3600),
    enable_signup: z.boolean().default(true),
    enable_refresh_token_rotation: z.boolean().default(true),
    refresh_token_reuse_interval: z.number().default(10),
    minimum_password_length: z.number().int().default(6),
    password_requirements: z.string().optional(),
    email: z.object({
      enable_signup: z.boolean().default(true),
      enable_confirmations: z.boolean().default(false),
      double_confirm_changes: z.boolean().default(true),
      secure_password_change: z.boolean().default(false),
      max_frequency: z.string().default("1s"),
      otp_length: z.number().int().default(6),
      otp_expiry: z.number().int().default(3600),
    }).prefault({}),
  }).prefault({}),
});

/** The part of `supabase/config.toml` that the gateway obeys. */
export type GatewayConfig = z.infer<typeof Config>;

/** Reads `supabase/config.toml`; throws one error that names every wrong setting. */
export async function readGatewayConfig(path: string): Promise<GatewayConfig> {
  const result = Config.safeParse(parse(await Deno.readTextFile(path)));
  if (!result.success) throw new Error(`${path} is not valid:\n${z.prettifyError(result.error)}`);
  return result.data;
}
