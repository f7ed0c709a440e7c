declare module "*/exit-this-page.bundle.mjs" {
  /** GOV.UK Frontend's component, as far as we use it. */
  export class ExitThisPage {
    constructor(root: Element | null, config?: object);
    $button: HTMLAnchorElement;
    exitPage(): void;
    resetPage(): void;
  }
}
