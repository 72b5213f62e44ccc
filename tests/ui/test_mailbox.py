import threading

from vitpose_live.ui.mailbox import Mailbox


def test_the_newest_value_wins_and_one_signal_is_on_its_way(qtbot):
    mailbox = Mailbox()
    told = []
    mailbox.arrived.connect(lambda: told.append(mailbox.take()))

    def deliver():
        for number in range(1000):
            mailbox.put(number)

    thread = threading.Thread(target=deliver)
    thread.start()
    thread.join()
    # nothing has run the window's loop meanwhile: a thousand values, one signal
    assert told == []
    qtbot.waitUntil(lambda: told != [])
    qtbot.wait(1)
    assert told == [999]
    assert mailbox.replaced == 999


def test_every_value_that_is_taken_in_time_arrives():
    mailbox = Mailbox()
    told = []
    mailbox.arrived.connect(lambda: told.append(mailbox.take()))
    for number in range(5):
        mailbox.put(number)
    assert told == [0, 1, 2, 3, 4]
    assert mailbox.take() is None


def test_after_closing_nothing_arrives():
    mailbox = Mailbox()
    told = []
    mailbox.put(1)
    mailbox.arrived.connect(lambda: told.append(1))
    mailbox.close()
    mailbox.put(2)
    assert mailbox.take() is None
    assert told == []
