/// The catalog: one folder per resource, each with its routes and the queries beside them.
