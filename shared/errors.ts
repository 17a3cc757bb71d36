/**
 * The one table of error codes. SQL raises the same codes (`detail` carries `{"code": …}`), `docs/errors.md` explains
 * them, and each caller treats the three classes below differently.
 *
 * @module
 */

/** What a code means, the HTTP status that carries it, and what a person can do about it. */
export interface ErrorEntry {
  /** HTTP status; through REST the SQLSTATE is `PT` and this number. */
  readonly status: number;
  /** What cannot be done, in one sentence. */
  readonly title: string;
  /** What to do about it. */
  readonly hint: string;
}

export const ERRORS = {
  "blocked": {
    status: 422,
    title: "The write violates block rules; nothing of it was stored.",
    hint: "Correct the fields that the details name, and write again.",
  },
  "rule-invalid": {
    status: 422,
    title: "The rule cannot be saved or run as it is written.",
    hint: "Correct every fault that the details list.",
  },
  "rule-harsh": {
    status: 422,
    title: "Most of the records that the block rule applies to violate it; it was not saved.",
    hint: "Let it open issues or run in shadow first, or save it with a reason.",
  },
  "rule-exists": {
    status: 409,
    title: "There is a rule with this key already; nothing was saved.",
    hint: "Choose another rule_key, or change the rule that there is.",
  },
  "evidence-missing": {
    status: 409,
    title: "There is not enough evidence to promote the rule.",
    hint: "Wait for what the message names, or promote it with a reason.",
  },
  "invalid-value": {
    status: 422,
    title: "A value is not one that can be taken.",
    hint: "Correct the value that the message names.",
  },
  "no-suggestion": {
    status: 422,
    title: "The issue suggests no fix that could be applied.",
    hint: "Correct the record itself; the issue closes when the record is clean.",
  },
  "transition-refused": {
    status: 422,
    title: "The issue cannot go from its present status to that one.",
    hint: "The message names the steps that are allowed.",
  },
  "stale": {
    status: 409,
    title: "The record changed meanwhile; nothing was written.",
    hint: "Read the record again and decide anew.",
  },
  "collides": {
    status: 409,
    title: "Another record has what only one may have; nothing was written.",
    hint: "Choose another value; or if both are the same, merge the two records.",
  },
  "already-imported": {
    status: 409,
    title: "The same file was imported before; nothing of it was staged again.",
    hint: "Look at the import that the context names; or import it again on purpose.",
  },
  "key-reused": {
    status: 422,
    title: "The idempotency key was sent before, with another request.",
    hint: "Send a new key with every new request.",
  },
  "call-unfinished": {
    status: 409,
    title: "The call with this idempotency key has no answer that could be given again.",
    hint: "Look whether it was done; where it was not, send it under a new key.",
  },
  "truncate-refused": {
    status: 409,
    title: "A governed table cannot be truncated while governance watches it.",
    hint: "Delete the records, or pause the entity first.",
  },
  "entity-broken": {
    status: 409,
    title: "The table of an entity was changed so that it cannot be governed.",
    hint: "Put back what the message names; or unregister the entity and register it anew.",
  },
  "policy-invalid": {
    status: 422,
    title: "The change policy cannot be saved as it is written.",
    hint: "Correct every fault that the details list.",
  },
  "policy-refused": {
    status: 409,
    title: "A change policy refuses the write; nothing of it was stored.",
    hint: "Propose the change, and let it be approved.",
  },
  "too-many-records": {
    status: 409,
    title: "The write changes more records than one may at once; nothing of it was stored.",
    hint: "Propose it as one change request, or write in smaller parts.",
  },
  "not-approved": {
    status: 409,
    title: "Not enough people have approved the change.",
    hint: "Let those approve it who may.",
  },
  "change-closed": {
    status: 409,
    title: "The change request is in a state that does not allow this step.",
    hint: "Look at the request as it is now; propose anew if it is closed.",
  },
  "not-signed-in": {
    status: 401,
    title: "The caller is not known.",
    hint: "Sign in, or send a valid key or token.",
  },
  "not-allowed": {
    status: 403,
    title: "The caller's role does not allow this.",
    hint: "Ask a steward or an admin of the organization.",
  },
  "not-found": {
    status: 404,
    title: "There is no such thing that the caller may see.",
    hint: "Check the identifier and the organization.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The address does not answer this method.",
    hint: "Use the method that the header Allow names.",
  },
  "unreadable": {
    status: 400,
    title: "The request's body cannot be read.",
    hint: "Send JSON in UTF-8.",
  },
  "request-invalid": {
    status: 422,
    title: "The request is not as the interface describes it.",
    hint: "Correct what the faults name.",
  },
  "constraint-violated": {
    status: 422,
    title: "The write violates a constraint of the table; nothing of it was stored.",
    hint: "Correct the value that the message names.",
  },
  "same-record": {
    status: 422,
    title: "The call names one record more than once; only the first was looked at.",
    hint: "Send each record once.",
  },
  "records-refused": {
    status: 422,
    title: "Records of the call are refused, so none was written.",
    hint: "Correct the records that the context names, or write the others with all_or_nothing false.",
  },
  "too-many-calls": {
    status: 429,
    title: "The key has called too often.",
    hint: "Wait for as many seconds as the header Retry-After says.",
  },
  "too-large": {
    status: 413,
    title: "The request's body is larger than this address takes.",
    hint: "Send it in smaller parts.",
  },
  "media-type-unsupported": {
    status: 415,
    title: "The request's body is of a kind that this address does not take.",
    hint: "Send the content type that the interface names.",
  },
  "unavailable": {
    status: 503,
    title: "The database cannot be reached or is busy; nothing was written.",
    hint: "Try again in a few seconds.",
  },
  "internal": {
    status: 500,
    title: "Something broke that is not the caller's fault; nothing was written.",
    hint: "Try again; the function's log names the cause.",
  },
  "evaluation-broke": {
    status: 500,
    title: "A record could not be evaluated.",
    hint: "It is tried again; after five attempts it waits in the dead letters.",
  },
  "configuration-missing": {
    status: 500,
    title: "The function lacks a setting.",
    hint: "Set the environment variable that the function's log names.",
  },
  "governance-failed": {
    status: 503,
    title: "Governance itself failed inside the write, and the entity does not let writes pass unchecked.",
    hint: "Try again later, or let an admin pause the entity.",
  },
} as const satisfies Record<string, ErrorEntry>;

/** The name of an entry of the table. */
export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong, and where. */
export interface Fault {
  /** Where: a pointer into the rule, such as `/condition/rules/0/value`; empty for the whole. */
  readonly at: string;
  /** What is wrong, with the value in quotes. */
  readonly message: string;
}

abstract class GovernanceError extends Error {
  abstract readonly code: ErrorCode;

  /** The table's entry of this error. */
  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }
}

/** The author's rule is wrong: shown to the author, never tried again. Carries every fault at once. */
export class RuleNotValidError extends GovernanceError {
  override readonly name = "RuleNotValidError";
  readonly code = "rule-invalid";

  constructor(readonly faults: readonly Fault[]) {
    super(faults.map((fault) => fault.at ? `${fault.at}: ${fault.message}` : fault.message).join(" "));
  }
}

/** Evaluation broke: the fault is ours or the platform's; the record is tried again. */
export class EvaluationBrokeError extends GovernanceError {
  override readonly name = "EvaluationBrokeError";
  readonly code = "evaluation-broke";
}

/** The record changed meanwhile: nobody's fault; the verdict is discarded and the record evaluated anew. */
export class RecordChangedError extends GovernanceError {
  override readonly name = "RecordChangedError";
  readonly code = "stale";

  /** @param fields the fields whose value is not the expected one */
  constructor(message: string, readonly fields: readonly string[] = []) {
    super(message);
  }
}
