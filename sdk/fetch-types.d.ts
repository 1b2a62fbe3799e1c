/** The generated client names a type of browsers that Node's own types leave out. */
type BodyInit = NonNullable<RequestInit['body']>;
