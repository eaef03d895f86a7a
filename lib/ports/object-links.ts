/** The port to links by which whoever has one reads an object straight from its store, without Millrace between. */
export interface ObjectLinks {
  /** An absolute URL that answers GET, with ranges, for an hour at most; 404 once the object is deleted. */
  urlOf(key: string): Promise<string>;
}
