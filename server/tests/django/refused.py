"""Databases of projects that Signet does not serve as they are: it says why in one line, and changes nothing."""

import subprocess

from beside import APPS, SECRET_KEY
from case import Case
from engines import ENGINES
from project_server import Project
from server import PATIENCE


class Refused(Case):
    def project(self, apps, user_model=None):
        """A database of its own, migrated by a project with these apps."""
        database = ENGINES[self.world.engine]()
        self.addCleanup(database.drop)
        project = Project(
            database=database.django,
            secret_key=SECRET_KEY,
            apps=apps,
            user_model=user_model,
            simple_jwt={},
        )
        project.manage("migrate")
        return database

    def run_beside(self, database, *command, **told):
        """Runs a command of Signet's on a database."""
        told = {"SIGNET_DATABASE_URL": database.signet, "SIGNET_SIGNING_KEY": SECRET_KEY} | told
        environment = {name: text for name, text in (self.signet.environment | told).items() if text}
        kept = {"capture_output": True, "text": True, "timeout": PATIENCE}
        return subprocess.run([self.signet.binary, *command], env=environment, cwd=self.signet.folder.name, **kept)

    def start_beside(self, apps, user_model=None, changes=(), **told):
        """Starts Signet beside a project of its own; the line that it ends with."""
        database = self.project(apps, user_model)
        for change in changes:
            database.rows(change)
        before = database.schema()
        ended = self.run_beside(database, "serve", **told)
        self.assertNotEqual(ended.returncode, 0)
        if told.get("SIGNET_SIGNING_KEY", SECRET_KEY):
            self.assertEqual(database.schema(), before)
        (line,) = ended.stderr.splitlines()
        return line

    def test_a_project_with_a_user_model_of_its_own(self):
        line = self.start_beside([*APPS, "people"], "people.Person")
        self.assertIn("the user's table people_person has no column username; name it by [user] username", line)

    def test_a_project_that_was_given_one_later_and_still_has_the_former_users(self):
        former = "CREATE TABLE auth_user AS SELECT * FROM people_person"
        columns = ["username", "first_name", "last_name", "is_superuser", "is_staff", "is_active", "date_joined"]
        added = [f"ALTER TABLE auth_user ADD COLUMN {column} integer" for column in columns]
        line = self.start_beside([*APPS, "people"], "people.Person", changes=[former, *added])
        self.assertIn("people_person", line)

    def test_a_project_without_the_tables_of_the_blacklist_keeps_its_own_as_they_are(self):
        database = self.project([])
        before = database.schema()
        for _ in range(2):
            ended = self.run_beside(database, "user", "list")
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        after = {name: declared for name, declared in database.schema().items() if "signet_" not in name}
        self.assertEqual(after, before)
        self.assertEqual(database.rows("SELECT count(*) FROM signet_outstandingtoken"), [(0,)])

    def test_a_start_without_the_projects_key(self):
        line = self.start_beside(APPS, SIGNET_SIGNING_KEY="")
        self.assertIn('SIMPLE_JWT["SIGNING_KEY"], or its SECRET_KEY', line)
