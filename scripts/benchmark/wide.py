# ruff: noqa: RUF001 - other scripts are the point
"""Made-up texts of multi-byte characters: Russian, Chinese, Japanese, and code with comments in these languages."""

import random

TEXTS = 128
CHARACTERS = 2048

_RUSSIAN = """Функция принимает список строк и возвращает словарь, в котором каждому слову соответствует его частота.
Если файл не найден, программа сообщает об ошибке и завершает работу с кодом 1.
Перед началом обучения данные перемешиваются, чтобы порядок примеров не влиял на результат.
Размер словаря выбирается случайно для каждого пакета; шум добавляется к оценкам подстрок.
«Проверка» выполняется дважды: сначала для входных данных, затем для ответа сервера.
В 2024 году было обработано более 350 миллионов запросов, из них 98 % успешно.
Этот метод устарел — используйте новый интерфейс, описанный в документации."""
_CHINESE = """该函数接收一个字符串列表，并返回一个字典，其中每个单词对应其出现的频率。
如果找不到文件，程序会报告错误，并以代码1退出。
在训练开始之前，数据会被随机打乱，这样样本的顺序就不会影响结果。
词表的大小对每个批次都是随机选择的;噪声会加到子串的得分上。
“检查”会执行两次:首先检查输入数据，然后检查服务器的响应。
2024年共处理了超过3亿5000万个请求，其中98%成功。
这个方法已经过时，请使用文档中描述的新接口。"""
_JAPANESE = """この関数は文字列のリストを受け取り、各単語の出現頻度を持つ辞書を返します。
ファイルが見つからない場合、プログラムはエラーを報告し、コード1で終了します。
学習を始める前にデータをシャッフルするので、例の順序は結果に影響しません。
語彙のサイズはバッチごとにランダムに選ばれ、部分文字列のスコアにはノイズが加えられます。
「チェック」は二回行われます。最初は入力データ、次にサーバーの応答です。
2024年には3億5000万件以上のリクエストが処理され、その98%が成功しました。
このメソッドは非推奨です。ドキュメントに記載された新しいインターフェースを使ってください。"""
_CODE = """    for name, count in sorted(counts.items()):
        total += count * weights[name]  # {}
def load_{}(path: str, *, limit: int = {}) -> dict[str, int]:
    if not path.exists():
        raise ValueError(f"{}: {{path!r}}")
    return {{"größe": {}, "café": [0x{}, 1.5e-{}]}}
/* {} */ int value_{} = (a->size << {}) | 0xFF;
print("{}")  // naïve → “{}” ≥ {}"""


def wide_texts() -> dict[str, list[str]]:
    """Returns name -> 128 texts of 2,048 characters, the same every time."""
    dice = random.Random(1)  # noqa: S311 - no secret
    prose = {name: text.split("\n") for name, text in _PROSE.items()}
    every = [sentence for sentences in prose.values() for sentence in sentences]
    texts = {name: [_prose(dice, sentences) for _ in range(TEXTS)] for name, sentences in prose.items()}
    return texts | {"mixed": [_mixed(dice, every) for _ in range(TEXTS)]}


_PROSE = {"russian": _RUSSIAN, "chinese": _CHINESE, "japanese": _JAPANESE}


def _prose(dice: random.Random, sentences: list[str]) -> str:
    """Makes a text of sentences in random order, each without up to three of its characters, with numbers between."""
    text = ""
    while len(text) < CHARACTERS:
        sentence = dice.choice(sentences)
        left_out = dice.randrange(len(sentence))
        text += sentence[:left_out] + sentence[left_out + dice.randrange(4) :]
        text += dice.choice((" ", "\n", "\n\n", f" ({dice.randrange(5000)}) "))
    return text[:CHARACTERS]


def _mixed(dice: random.Random, sentences: list[str]) -> str:
    """Makes a text of lines of code, with sentences as comments and strings."""
    text = ""
    while len(text) < CHARACTERS:
        line = dice.choice(_CODE.split("\n"))
        fills = [dice.choice((dice.choice(sentences), str(dice.randrange(1000)))) for _ in range(line.count("{}"))]
        text += line.format(*fills) + "\n"
    return text[:CHARACTERS]
