/** A row of `cron.job`. */
export interface Job {
  readonly jobid: string;
  readonly schedule: string;
  readonly command: string;
  readonly database: string;
  readonly username: string;
  readonly active: boolean;
}

/** How a run ended. */
export interface Outcome {
  readonly status: "succeeded" | "failed";
  readonly message: string;
}
