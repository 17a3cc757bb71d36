/** How a cluster is run. */
export interface ServerSettings {
  /**
   * `true` (default): what was committed survives a power cut. `false`: it survives the death of Postgres, but not of
   * the machine, which is all a throw-away database needs and several times faster.
   */
  readonly durable: boolean;
}

/** Settings of hosted Supabase that change what a program sees, and sizes that suit a laptop. */
export function postgresConfig({ durable }: ServerSettings): string {
  return lines({
    // only this machine, and no socket files, whose paths have a length limit
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: "''",
    max_connections: "120",
    shared_preload_libraries: "'pg_stat_statements'",
    wal_level: "logical",
    search_path: `'"$user", public, extensions'`,
    statement_timeout: "'2min'",
    password_encryption: "'scram-sha-256'",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    "cron.database_name": "'postgres'",
    "cron.timezone": "'GMT'",
    "cron.max_running_jobs": "32",
    "pg_net.batch_size": "200",
    "pg_net.ttl": "'6 hours'",
    shared_buffers: "'128MB'",
    work_mem: "'8MB'",
    maintenance_work_mem: "'128MB'",
    max_wal_size: "'1GB'",
    jit: "off",
    log_checkpoints: "off",
    log_autovacuum_min_duration: "-1",
    log_line_prefix: "'%m [%p] %q%u@%d '",
    ...(!durable && { fsync: "off", full_page_writes: "off" }),
  });
}

/** Passwords for everybody: other accounts of this machine reach the port too. */
export const hostBasedAuthentication = "host all all 127.0.0.1/32 scram-sha-256\n" +
  "host replication all 127.0.0.1/32 scram-sha-256\n";

function lines(settings: Record<string, string>): string {
  return Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`).join("");
}
