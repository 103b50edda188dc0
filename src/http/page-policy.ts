/** For every page: all from ourselves, nothing inline, no exception. A browser that knows no nonce and no hash needs neither. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
