import { AppError } from '#platform/errors.ts'

export const suspended = () =>
  new AppError('unauthenticated', 'auth.suspended', 'Your account is suspended; ask your administrator about it.')
