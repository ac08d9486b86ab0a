"""An application written with SQLAlchemy: the same history through the proxy and on one server.

Every answer is noted; both journals must be equal.
"""
import datetime
import decimal
import enum

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

from wire import check, main

DATABASES = {"proxy": "e2e", "reference": "e2e_reference"}


class Base(orm.DeclarativeBase):
    pass


class Genre(enum.Enum):
    NOVEL = "novel"
    ESSAY = "essay"
    POEM = "poem"


book_tag = sa.Table(
    "book_tag", Base.metadata,
    sa.Column("book_id", sa.ForeignKey("book.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True))


class Author(Base):
    __tablename__ = "author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    born: orm.Mapped[datetime.date | None]
    facts: orm.Mapped[dict | None] = orm.mapped_column(postgresql.JSONB)
    books: orm.Mapped[list["Book"]] = orm.relationship(
        back_populates="author", cascade="all, delete-orphan", order_by="Book.id")


class Book(Base):
    __tablename__ = "book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    title: orm.Mapped[str]
    genre: orm.Mapped[Genre | None]
    price: orm.Mapped[decimal.Decimal | None] = orm.mapped_column(sa.Numeric(10, 2))
    version: orm.Mapped[int] = orm.mapped_column(default=1)
    author_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("author.id"), index=True)
    author: orm.Mapped[Author] = orm.relationship(back_populates="books")
    tags: orm.Mapped[list["Tag"]] = orm.relationship(
        secondary=book_tag, back_populates="books", order_by="Tag.name")
    __mapper_args__ = {"version_id_col": version}


class Tag(Base):
    __tablename__ = "tag"
    id: orm.Mapped[int] = orm.mapped_column(sa.Identity(), primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(unique=True)
    books: orm.Mapped[list[Book]] = orm.relationship(secondary=book_tag, back_populates="tags")


class Application:
    """One process with one server session, as a pool of one connection gives it."""

    def __init__(self, port, database):
        self.engine = sa.create_engine(
            "postgresql+psycopg2://postgres@127.0.0.1:%d/%s" % (port, database), pool_size=1,
            max_overflow=0, pool_pre_ping=True)
        self.sessions = orm.sessionmaker(self.engine)
        self.journal = []

    def note(self, label, value):
        self.journal.append((label, value))

    def close(self):
        self.engine.dispose()

    def autocommit(self):
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def count(self, entity, connection=None):
        question = sa.select(sa.func.count()).select_from(entity)
        if connection is not None:
            return connection.execute(question).scalar_one()
        with self.sessions() as session:
            return session.scalar(question)

    # The chapters of the history, in order.

    def schema(self):
        Base.metadata.drop_all(self.engine)
        Base.metadata.create_all(self.engine)
        inspector = sa.inspect(self.engine)
        self.note("tables", sorted(Base.metadata.tables.keys() - inspector.get_table_names()))
        for table in sorted(Base.metadata.tables):
            self.note("columns of " + table, [c["name"] for c in inspector.get_columns(table)])
            self.note("keys of " + table, inspector.get_foreign_keys(table))
        self.note("enum", [e["labels"] for e in inspector.get_enums()])

    def units_of_work(self):
        with self.sessions.begin() as session:
            for number in range(6):
                author = Author(name="author %d" % number, facts={"number": number, "odd": [1, None]})
                author.books = [Book(title="book %d of %d" % (i, number), genre=list(Genre)[i % 3],
                                     price=decimal.Decimal(i) + decimal.Decimal("0.99"))
                                for i in range(number)]
                session.add(author)
            session.flush()
            self.note("flushed", session.scalar(sa.select(sa.func.count(Book.id))))
        # Expired by the commit: every attribute is read again, and must be what was written.
        with self.sessions() as session:
            author = session.scalars(sa.select(Author).where(Author.name == "author 5")).one()
            self.note("lazy", [book.title for book in author.books])
            author.born = datetime.date(1900, 2, 28)
            self.note("autoflush", session.scalars(
                sa.select(Author.name).where(Author.born.is_not(None))).all())
            session.commit()
            self.note("after commit", (author.born, author.name, author.facts))
            author.name = "nobody"
            session.flush()
            session.rollback()
            self.note("after rollback", author.name)
            fresh = Tag(name="fresh")
            author.books[0].tags += [fresh, Tag(name="old")]
            session.commit()
            self.note("tags", [(t.id, t.name) for t in author.books[0].tags])
            self.note("back", [book.title for book in fresh.books])
            author.books.pop()
            session.commit()
            self.note("orphan", self.count_in(session, Book))

    @staticmethod
    def count_in(session, entity):
        return session.scalar(sa.select(sa.func.count()).select_from(entity))

    def savepoints(self):
        with self.sessions.begin() as session:
            session.add(Author(name="outer"))
            with session.begin_nested():
                session.add(Author(name="inner"))
            try:
                with session.begin_nested():
                    session.add(Author(name="outer"))
                    session.flush()
            except sa.exc.IntegrityError as error:
                self.note("duplicate", error.orig.pgcode)
            inner = session.begin_nested()
            session.execute(sa.delete(Author).where(Author.name.like("%er")))
            self.note("deleted", self.count_in(session, Author))
            inner.rollback()
            self.note("not deleted", self.count_in(session, Author))
            self.note("names", session.scalars(sa.select(Author.name).order_by(Author.name)).all())
        self.note("committed", self.count(Author))
        with self.sessions() as session:
            session.execute(sa.delete(Author).where(Author.name.in_(["outer", "inner"])))
            session.rollback()
        self.note("still there", self.count(Author))
        try:
            with self.sessions.begin() as session:
                session.add(Author(name="never"))
                session.flush()
                session.execute(sa.text("select 1 / 0"))
        except sa.exc.DataError as error:
            self.note("division", error.orig.pgcode)
        self.note("nothing of it", self.count(Author))

    def bulk(self):
        with self.sessions.begin() as session:
            author = session.scalars(sa.select(Author.id).order_by(Author.id)).first()
            session.execute(
                sa.insert(Book),
                [{"title": "bulk %d" % i, "author_id": author, "genre": Genre.POEM, "version": 1}
                 for i in range(1200)])
            titles = session.scalars(
                sa.insert(Tag).returning(Tag.name, sort_by_parameter_order=True),
                [{"name": "bulk tag %d" % i} for i in range(40)]).all()
            self.note("returned", titles[-1])
            self.note("inserted", self.count_in(session, Book))
            changed = session.execute(
                sa.update(Book).where(Book.title.like("bulk 1%")).values(price=sa.func.length(Book.title)))
            self.note("updated", changed.rowcount)
        with self.sessions.begin() as session:
            session.add_all(Tag(name="many %d" % i) for i in range(150))
        with self.sessions() as session:
            self.note("sum", session.scalar(sa.select(sa.func.sum(Book.price))))
            deleted = session.execute(sa.delete(Book).where(Book.title.like("bulk %5")))
            self.note("deleted", deleted.rowcount)
            session.commit()
            self.note("left", self.count_in(session, Book))

    def loading(self):
        for option in (orm.selectinload, orm.joinedload, orm.subqueryload, orm.lazyload):
            with self.sessions() as session:
                authors = session.scalars(
                    sa.select(Author).options(option(Author.books)).order_by(Author.id)).unique().all()
                self.note(option.__name__, [(a.name, len(a.books)) for a in authors])
        with self.sessions() as session:
            ranked = sa.select(
                Book.author_id, sa.func.row_number().over(
                    partition_by=Book.author_id, order_by=Book.title).label("place"), Book.title,
            ).cte("ranked")
            self.note("window", session.execute(
                sa.select(ranked).where(ranked.c.place <= 2).order_by(*ranked.c)).all())
            numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
            numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 10))
            self.note("recursion", session.scalar(sa.select(sa.func.sum(numbers.c.n))))
            locked = session.scalars(
                sa.select(Author).order_by(Author.id).limit(1).with_for_update()).one()
            self.note("locked", locked.name)
            self.note("exists", session.scalar(
                sa.select(sa.exists().where(Book.author_id == locked.id))))

    def isolation(self):
        with self.autocommit() as connection:
            connection.execute(sa.insert(Tag).values(name="at once"))
            self.note("own write", connection.scalar(
                sa.select(sa.func.count()).where(Tag.name == "at once")))
            connection.execute(sa.delete(Tag).where(Tag.name == "at once"))
            self.note("own delete", connection.scalar(
                sa.select(sa.func.count()).where(Tag.name == "at once")))
        for level in ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"):
            engine = self.engine.execution_options(isolation_level=level)
            with engine.begin() as connection:
                self.note(level, connection.scalar(sa.text("show transaction_isolation")))
                before = self.count(Author, connection)
                connection.execute(sa.insert(Author).values(name=level))
                self.note("seen", self.count(Author, connection) - before)
            with engine.begin() as connection:
                connection.execute(sa.delete(Author).where(Author.name == level))
            with engine.connect().execution_options(postgresql_readonly=True) as connection:
                self.note("read only", self.count(Author, connection))
                try:
                    connection.execute(sa.insert(Author).values(name="refused"))
                    self.note("refused", None)
                except sa.exc.InternalError as error:
                    self.note("refused", error.orig.pgcode)
        with self.engine.connect().execution_options(
                isolation_level="SERIALIZABLE", postgresql_readonly=True,
                postgresql_deferrable=True) as connection:
            self.note("deferrable", self.count(Book, connection))

    def streams(self):
        with self.engine.connect().execution_options(stream_results=True, max_row_buffer=37) as connection:
            rows = connection.execute(sa.select(Book.id, Book.title).order_by(Book.id))
            self.note("streamed", sum(1 for _ in rows))
        with self.sessions() as session:
            total = 0
            for part in session.scalars(
                    sa.select(Book).order_by(Book.id).execution_options(yield_per=100)).partitions():
                total += sum(len(book.title) for book in part)
            self.note("partitions", total)
            # A write between two fetches of an open cursor.
            rows = session.execute(
                sa.select(Book.id).order_by(Book.id), execution_options={"stream_results": True})
            first = rows.fetchmany(5)
            session.add(Tag(name="during a stream"))
            session.flush()
            self.note("around a write", (first, rows.fetchmany(5)))
            rows.close()
            session.commit()
            self.note("written", session.scalar(
                sa.select(sa.func.count()).where(Tag.name == "during a stream")))

    def stale_rows(self):
        """The version counter notices what another transaction of the session did."""
        with self.sessions() as session:
            book = session.scalars(sa.select(Book).order_by(Book.id).limit(1)).one()
            session.execute(sa.text("update book set version = version + 1 where id = %d" % book.id))
            book.title = "too late"
            try:
                session.commit()
                self.note("stale", "accepted")
            except orm.exc.StaleDataError:
                session.rollback()
                self.note("stale", "refused")
        with self.sessions() as session:
            self.note("title", session.scalars(sa.select(Book.title).order_by(Book.id).limit(1)).one())

    def temporary(self):
        with self.engine.begin() as connection:
            connection.execute(sa.text("create temp table scratch on commit drop as select id from book"))
            self.note("scratch", connection.scalar(sa.text("select count(*) from scratch")))
            connection.execute(sa.text("set local work_mem = '5MB'"))
            self.note("local", connection.scalar(sa.text("show work_mem")))
        with self.autocommit() as connection:
            self.note("dropped", connection.scalar(sa.text("select to_regclass('scratch')::text")))
            connection.execute(sa.text("set application_name = 'library'"))
            self.note("name", connection.scalar(sa.text("show application_name")))

    def reading(self, rounds):
        """A long stretch of reads in every style, as most of an application's life is."""
        for number in range(rounds):
            with self.sessions() as session:
                books = session.scalars(
                    sa.select(Book).join(Author).where(Author.name == "author %d" % (number % 6))
                    .options(orm.selectinload(Book.tags)).order_by(Book.id).limit(20)).all()
                self.note("books", [(b.title, b.price, [t.name for t in b.tags]) for b in books])
            with self.autocommit() as connection:
                self.note("by genre", connection.execute(
                    sa.select(Book.genre, sa.func.count()).group_by(Book.genre).order_by(Book.genre)).all())
                self.note("page", connection.execute(
                    sa.select(Book.title).order_by(Book.id).limit(10).offset(number * 10)).scalars().all())
            with self.engine.connect().execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
                self.note("snapshot", [self.count(e, connection) for e in (Author, Book, Tag)])

    HISTORY = [schema, units_of_work, savepoints, bulk, loading, isolation, streams, stale_rows, temporary]


def compare(applications, play):
    for application in applications:
        play(application)
        application.close()
    ours, wanted = [application.journal for application in applications]
    for mine, other in zip(ours, wanted):
        check(mine == other, "through the proxy:", mine, "on one server:", other)
    check(len(ours) == len(wanted) and ours, len(ours), "answers instead of", len(wanted))
    return len(ours)


def applications(port, server):
    return [Application(port, DATABASES["proxy"]), Application(server, DATABASES["reference"])]


def history(port, server):
    """One session writes and reads, chapter by chapter."""
    def play(application):
        for chapter in Application.HISTORY:
            chapter(application)
    return "%d equal answers" % compare(applications(port, server), play)


def reading(port, server, rounds):
    """Another session only reads what the history left, which all nodes have by now."""
    return "%d equal answers" % compare(applications(port, server), lambda a: a.reading(rounds))


main({"history": history, "reading": reading})
