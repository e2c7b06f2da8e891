/** What an export cannot take along, or takes along otherwise than it was: each is said once, with the reason, at the end. */

export interface Note {
  /** Which object, image or kind. */
  readonly about: string;
  readonly text: string;
}

export class Notes {
  readonly #all = new Map<string, Note>();

  add(about: string, text: string): void {
    this.#all.set(`${about}\n${text}`, { about, text });
  }

  /** In the order in which they were made. */
  get all(): readonly Note[] {
    return [...this.#all.values()];
  }
}
