// What is copied in by build.mjs.
declare module "*/sortable-table.bundle.mjs" {
  export class SortableTable {
    constructor(table: Element);
  }
}
