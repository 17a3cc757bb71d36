/** The start is refused for a reason that its user can do something about; the message says what. */
export class StartRefused extends Error {
  override readonly name = "StartRefused";
}
