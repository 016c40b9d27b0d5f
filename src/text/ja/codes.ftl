### メールと SMS で送るコード。

code-incorrect = コードが正しくありません。確認して、もう一度お試しください。

mail-code-sign-in = { $tenant } のサインイン用コード
mail-code-reset = { $tenant } の新しいパスワードを設定するためのコード
mail-code-address = { $tenant } でアドレスを確認するためのコード
mail-code-other = { $tenant } からのコード
mail-code-valid = このコードは一度だけ使えます。有効期間は{ $wait }です。
mail-code-not-you = お心当たりがない場合、何もする必要はありません。このコードは誰にも教えないでください。
mail-code-why = このメールは、このアドレスでコードが要求されたため送信されました。

## 別のアカウントに指定されたアドレスの持ち主へ
mail-claimed-title = { $tenant } のアカウントはすでにあります
mail-claimed-what = このアドレスを別のアカウントに使おうとした人がいます。すでにお客様のアカウントで使われているため、何も行われていません。
mail-claimed-lead = お心当たりがある場合は、このアドレスでサインインしてください。
mail-claimed-button = サインイン
mail-claimed-not-you = お心当たりがない場合、何もする必要はありません。アカウントには何の変更もありません。
mail-claimed-why = このメールは、このアドレスが別のアカウントに指定されたため送信されました。

## SMS は一通に収まる長さにします。
text-code = { $code } は { $tenant } からのコードです。誰にも教えないでください。
