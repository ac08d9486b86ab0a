"""One line per login: `ok`, or the SQLSTATE, or `closed`."""
from wire import *


def attempts(port, user, *passwords):
    results = []
    for password in passwords:
        try:
            session = Connection(port, user=str(user), password=str(password))
            check(session.value("select current_user") == str(user))
            session.terminate()
            results.append("ok")
        except ServerError as error:
            results.append(error.sqlstate or "no code")
        except Closed:
            results.append("closed")
    return " ".join(results)


main({"attempts": attempts})
