/**
 * What keeps secrets out of everything that is printed, stored or sent: one for the process. A secret that a
 * service issues is made known here before it is used in any request, so that no response can repeat it unseen.
 */
export interface Redaction {
  /** Knows a token or key that a service has issued. Knowing one again makes it the newest. */
  learn(secret: string): void;
  /**
   * Knows a URL that carries authority: the whole, its user info, the values of its query, and what of its path
   * looks like a credential.
   * @param open what may stand in it and is no secret: ids, names
   */
  learnLink(url: string, open?: readonly string[]): void;
  /**
   * A foreign text with every known secret masked, however it is written. Call it before a text is cut: half a secret
   * is hard to tell from a word.
   * @param isCut whether the text went on where it was read: then even four characters of a secret at its end are masked
   */
  redact(text: string, isCut?: boolean): string;
}

/** Knows nothing: for tests of what comes before a secret. */
export const NO_REDACTION: Redaction = { learn() {}, learnLink() {}, redact: (text) => text };
