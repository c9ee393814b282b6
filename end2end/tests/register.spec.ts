import { form, logIn, open, SessionPage } from '../support/pages';
import { expect, test } from '../support/test';

test('who registers is signed in at once, and can log in again later', async ({
  page,
  stranger,
}) => {
  await open(page, '/');
  await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL('/register');
  await form(page).username.fill(stranger.username);
  await form(page).password.fill(stranger.password);
  await form(page).email.fill('somebody@example.com');
  await form(page).register.click();

  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await expect(session.me).toContainText(stranger.username);
  await expect(session.me).toContainText('somebody@example.com');

  await session.logOut();
  await session.expectGone();
  await logIn(page, stranger);
  await expect(session.me).toContainText(stranger.username);
});

test('a name that is taken is refused beside its field', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await form(page).username.fill(account.username);
  await form(page).password.fill('Another candle, another ring');
  await form(page).register.click();

  await expect(form(page).errors).toBeFocused();
  await expect(form(page).errors).toContainText('A user with that username already exists.');
  await expect(form(page).username).toHaveAttribute('aria-invalid', 'true');
  await expect(form(page).username).toHaveAccessibleDescription(
    /A user with that username already exists\./,
  );
  await expect(form(page).username).toHaveValue(account.username);
  await expect(page).toHaveTitle(/^Error: /);
});

test('a weak password is refused in the words of the server', async ({ page, guard, stranger }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await form(page).username.fill(stranger.username);
  await form(page).password.fill('12345');
  await form(page).register.click();

  const messages = [
    'This password is too short. It must contain at least 8 characters.',
    'This password is too common.',
    'This password is entirely numeric.',
  ];
  for (const message of messages) {
    await expect(form(page).errors).toContainText(message);
  }
  await expect(form(page).password).toHaveAttribute('aria-invalid', 'true');
  await expect(form(page).password).toHaveAccessibleDescription(/too short.*too common.*numeric/s);
});

test('the summary of a refused form links to the fields', async ({ page, guard, stranger }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await form(page).username.fill('no spaces please');
  await form(page).password.fill(stranger.password);
  await form(page).email.fill('somebody');
  await form(page).register.click();

  await expect(form(page).errors).toContainText('There is a problem');
  await form(page).errors.getByRole('link', { name: /Enter a valid email address/ }).click();
  await expect(form(page).email).toBeFocused();
  await form(page).errors.getByRole('link', { name: /Enter a valid username/ }).click();
  await expect(form(page).username).toBeFocused();
});

test('an empty form is refused field by field, and can be mended', async ({
  page,
  guard,
  stranger,
}) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await form(page).register.click();
  await expect(form(page).errors).toBeVisible();
  await expect(form(page).username).toHaveAttribute('aria-invalid', 'true');
  await expect(form(page).password).toHaveAttribute('aria-invalid', 'true');

  await form(page).username.fill(stranger.username);
  await form(page).password.fill(stranger.password);
  await form(page).register.click();
  await expect(page).toHaveURL('/session');
  await new SessionPage(page).expectAlive();
});

test('somebody who is signed in is not asked to register', async ({ page, account }) => {
  await logIn(page, account);
  await open(page, '/register');
  await expect(page.getByText('You are signed in already.')).toBeVisible();
  await expect(form(page).register).toBeHidden();
});

test('all that is wrong with a registration is said at once', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await form(page).username.fill(account.username);
  await form(page).password.fill('password');
  await form(page).register.click();

  await expect(form(page).errors).toContainText('A user with that username already exists.');
  await expect(form(page).errors).toContainText('This password is too common.');
  await expect(form(page).password).toHaveAttribute('aria-invalid', 'true');
});
