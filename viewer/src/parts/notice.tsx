// What went wrong, in the words of the server.
import { ApiError } from '../api.js'

export function Notice({ error }: { readonly error: Error }) {
  const code = error instanceof ApiError ? error.code : undefined
  return (
    <div class="notice" role="alert">
      {code !== undefined && <code>{code}</code>}
      <p>{error.message}</p>
    </div>
  )
}
